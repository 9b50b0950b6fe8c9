"""The dashboard: pages for people, in Django's own templates.

A host adds ``path("", include("jobs_api.dashboard.urls"))``, and it is at ``dashboard/``. Who may come in is
in `access`, what every page knows of its viewer in `viewer`, how it is answered in `rendering`.
"""
