"""The tables. Their rules stand in the database, each with the message that people see."""

from crm.models.customer import Customer
from crm.models.order import Order, OrderStatus
from crm.models.order_item import OrderItem
from crm.models.post import Post, PostStatus
from crm.models.product import Product

__all__ = ["Customer", "Order", "OrderItem", "OrderStatus", "Post", "PostStatus", "Product"]
