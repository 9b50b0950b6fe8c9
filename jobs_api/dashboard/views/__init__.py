"""The views, a module for each page; `jobs_api.dashboard.urls` has their addresses."""
