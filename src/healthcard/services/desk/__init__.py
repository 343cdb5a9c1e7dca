"""The acts of a desk (第十二、十三条): each moves card and record together."""
