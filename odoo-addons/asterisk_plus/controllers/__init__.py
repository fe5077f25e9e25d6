from . import lookups
