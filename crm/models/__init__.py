"""The tables. Their rules are constraints in the database, each with the message that people see."""

from crm.models.api_key import ApiKey
from crm.models.content import Post, PostStatus, Upload, UploadStatus
from crm.models.customer import Customer
from crm.models.order import Order, OrderItem, OrderStatus, Product
from crm.models.payment import DifferenceKind, Payment, PaymentDifference, PaymentStatus
from crm.models.sent_mail import SentMail
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
