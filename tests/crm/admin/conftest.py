from .pages import no_saves

__all__ = ["no_saves"]
