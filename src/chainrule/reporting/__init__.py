"""One page that tells a person who did not train a network whether to trust it."""

from chainrule.reporting.training_report import Report, report

__all__ = ["Report", "report"]
