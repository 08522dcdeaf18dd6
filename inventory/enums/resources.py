"""The words of models, data sets and prompts."""

from django.db.models import TextChoices


class ModelKind(TextChoices):
    """What kind of AI model it is."""

    LANGUAGE = "language", "Language model"
    VISION = "vision", "Image or video model"
    SPEECH = "speech", "Speech or audio model"
    TABULAR = "tabular", "Prediction from tables"
    RECOMMENDER = "recommender", "Ranking or recommendation"
    EMBEDDING = "embedding", "Embedding"
    RULES = "rules", "Rules or knowledge base"
    OTHER = "other", "Other"


class ModelRole(TextChoices):
    """What an AI model does in a system."""

    OPERATION = "operation", "In operation"
    CANDIDATE = "candidate", "Candidate under test"
    FALLBACK = "fallback", "Fallback"
    BASE = "base", "Base of training"
    NOT_SAID = "not_said", "Not said by the file"


class DataRole(TextChoices):
    """What a data set is for in a system."""

    TRAINING = "training", "Training"
    VALIDATION = "validation", "Validation"
    TEST = "test", "Test"
    OPERATION = "operation", "Operation"
    NOT_SAID = "not_said", "Not said by the file"


class PromptKind(TextChoices):
    """What a model is told, once or as a part of something that acts."""

    PROMPT = "prompt", "Prompt"
    TEMPLATE = "template", "Template of prompts"
    AGENT = "agent", "Agent"


class PromptRole(TextChoices):
    """What a prompt or an agent is in a system."""

    OPERATION = "operation", "In operation"
    TEST = "test", "Under test"
