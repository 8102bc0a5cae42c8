"""The pieces for each platform: what stands on its pages, and how its cart is joined to the elements."""
