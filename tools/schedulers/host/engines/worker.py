"""What `dramatiq` imports: Django, and then the tasks."""

import django

django.setup()

from tools.schedulers.host.engines import tasks as tasks  # noqa: E402 - models can be imported now
