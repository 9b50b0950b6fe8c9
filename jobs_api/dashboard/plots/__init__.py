"""Geometry of the plots: numbers in, typed shapes out. Templates draw them as SVG."""
