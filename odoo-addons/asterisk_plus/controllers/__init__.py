from . import lookups
from . import upload
