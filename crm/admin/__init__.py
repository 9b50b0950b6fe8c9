"""The admin's pages: what is history can be read, and what may be done to it is an action.

Django's admin classes take no type argument at run time, hence the comments for mypy.
"""

from crm.admin import customers, keys, mails, orders, payments, posts, products, uploads, webhooks

__all__ = ["customers", "keys", "mails", "orders", "payments", "posts", "products", "uploads", "webhooks"]
