"""The tables. Their rules stand in the database, each with the message that people see."""

from crm.models.api_key import ApiKey
from crm.models.customer import Customer
from crm.models.order import Order, OrderStatus
from crm.models.order_item import OrderItem
from crm.models.payment import DifferenceKind, Payment, PaymentDifference, PaymentStatus
from crm.models.post import Post, PostStatus
from crm.models.product import Product
from crm.models.sent_mail import SentMail
from crm.models.upload import Upload, UploadStatus
from crm.models.webhook import Event, WebhookDelivery, WebhookEndpoint

__all__ = [
    "ApiKey",
    "Customer",
    "DifferenceKind",
    "Event",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Payment",
    "PaymentDifference",
    "PaymentStatus",
    "Post",
    "PostStatus",
    "Product",
    "SentMail",
    "Upload",
    "UploadStatus",
    "WebhookDelivery",
    "WebhookEndpoint",
]
