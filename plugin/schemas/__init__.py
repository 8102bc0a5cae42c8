"""Wire shapes: what comes in and goes out as JSON, one file a noun, checked by marshmallow at the edge."""
