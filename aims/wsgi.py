import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aims.settings")

# Nothing that is loaded is garbage: looking for some takes a sixth of the start.
gc.disable()
application = get_wsgi_application()
gc.freeze()
gc.enable()
