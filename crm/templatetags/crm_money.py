"""Money in templates."""

from __future__ import annotations

from decimal import Decimal

from django import template

from crm import conf

register = template.Library()


@register.filter
def money(amount: Decimal) -> str:
    """As people read it: 1,234.50 USD."""
    return f"{amount:,.2f} {conf.currency().upper()}"
