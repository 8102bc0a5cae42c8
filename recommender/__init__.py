"""The science of Encore: orders in, suggestions with their reasons out. This is its face, and all that others import."""

from recommender.artefact import ArtefactError
from recommender.model import Model, load
from recommender.settings import Settings
from recommender.suggestion import Reason, Suggestion
from recommender.training import train

__all__ = ["ArtefactError", "Model", "Reason", "Settings", "Suggestion", "load", "train"]
