"""What checking fails at.

ServiceError
└── JudgeFailed     go on without the judge, and say so
"""

from grounding.errors import ServiceError


class JudgeFailed(ServiceError):
    """A judge could not be asked, or what it said makes no sense."""
