"""The operations that are played: name -> function from a Region's cloud and a request to a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stackflight.serve import change_sets, drift, histories, hooks, reads, starts, templates
from stackflight.serve.realm import Realm
from stackflight.serve.starts import Request, Result

OPERATIONS: Mapping[str, Callable[[Realm, Request], Result]] = {
    "CancelUpdateStack": starts.cancel_update_stack,
    "ContinueUpdateRollback": starts.continue_update_rollback,
    "CreateChangeSet": change_sets.create_change_set,
    "CreateStack": starts.create_stack,
    "DeleteChangeSet": change_sets.delete_change_set,
    "DeleteStack": starts.delete_stack,
    "DescribeAccountLimits": templates.describe_account_limits,
    "DescribeChangeSet": change_sets.describe_change_set,
    "DescribeChangeSetHooks": hooks.describe_change_set_hooks,
    "DescribeEvents": histories.describe_events,
    "DescribeStackEvents": histories.describe_stack_events,
    "DescribeStackResource": reads.describe_stack_resource,
    "DescribeStackResources": reads.describe_stack_resources,
    "DescribeStacks": reads.describe_stacks,
    "DescribeStackDriftDetectionStatus": drift.describe_stack_drift_detection_status,
    "DescribeStackResourceDrifts": drift.describe_stack_resource_drifts,
    "DetectStackDrift": drift.detect_stack_drift,
    "DetectStackResourceDrift": drift.detect_stack_resource_drift,
    "ExecuteChangeSet": change_sets.execute_change_set,
    "GetHookResult": hooks.get_hook_result,
    "GetStackPolicy": templates.get_stack_policy,
    "GetTemplate": templates.get_template,
    "GetTemplateSummary": templates.get_template_summary,
    "ListChangeSets": change_sets.list_change_sets,
    "ListExports": reads.list_exports,
    "ListHookResults": hooks.list_hook_results,
    "ListImports": reads.list_imports,
    "ListStackResources": reads.list_stack_resources,
    "ListStacks": reads.list_stacks,
    "RollbackStack": starts.roll_back_stack,
    "SetStackPolicy": templates.set_stack_policy,
    "UpdateStack": starts.update_stack,
    "UpdateTerminationProtection": starts.update_termination_protection,
    "ValidateTemplate": templates.validate_template,
}
"""Every operation of the service model that is not listed answers with an error that names it."""
