"""A real shop that nobody here wrote, django-oscar, with Encore plugged in as any shop would do it."""
