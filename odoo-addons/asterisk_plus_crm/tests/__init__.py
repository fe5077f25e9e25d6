from . import test_lead_calls
