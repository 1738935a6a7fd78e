"""A monthly budget over what carries this deployment's tag; it mails before the money is spent."""

from __future__ import annotations

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from librechat_aws.config import Config


def monthly_budget(scope: Construct, id: str, *, usd: int, email: str, config: Config) -> budgets.CfnBudget:
    """Mails at 80 % spent and when the forecast exceeds the budget. The tag `Deployment` must be a cost tag."""
    return budgets.CfnBudget(
        scope,
        id,
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
            cost_filters={"TagKeyValue": [f"user:Deployment${config.name}"]},
        ),
        notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    comparison_operator="GREATER_THAN", notification_type=kind, threshold=share
                ),
                subscribers=[budgets.CfnBudget.SubscriberProperty(address=email, subscription_type="EMAIL")],
            )
            for kind, share in (("ACTUAL", 80), ("FORECASTED", 100))
        ],
    )
