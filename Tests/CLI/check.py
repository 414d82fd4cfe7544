"""Runs the commands of Temporal's own command line against servers, and compares what they print.

    check.py CLI ADDRESS [ADDRESS]

CLI is the `temporal` program. With one address, every command has to end as expected and say what is expected. With
two, the second is the measure: what the two print has to be the same, but for ids, times and what `ALLOWED` lists.
Needs a Python with `temporalio`, which runs the workflows. The servers have to be fresh.
"""

import asyncio
import difflib
import logging
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Dict, List, Optional

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy, VersioningBehavior, WorkerDeploymentVersion
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig

QUEUE = "cli"
VERSIONED_QUEUE = "cli-versioned"


@activity.defn
async def later(text: str) -> str:
    activity.raise_complete_async()


@activity.defn
async def stubborn() -> str:
    raise ApplicationError("not yet", type="Stubborn")


@workflow.defn
class Echo:
    @workflow.run
    async def run(self, text: str) -> str:
        return text


@workflow.defn
class Broken:
    @workflow.run
    async def run(self) -> None:
        raise ApplicationError("It is broken.", "detail", type="Broken", non_retryable=True)


@workflow.defn
class Later:
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            later,
            "text",
            activity_id="later",
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@workflow.defn
class Trier:
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            stubborn,
            activity_id="stubborn",
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(hours=1)),
        )


@workflow.defn
class Waiter:
    def __init__(self) -> None:
        self.notes: List[str] = []
        self.total = 0

    @workflow.run
    async def run(self, text: str = "") -> List[str]:
        await workflow.wait_condition(lambda: "end" in self.notes)
        return self.notes

    @workflow.signal
    def note(self, text: str) -> None:
        self.notes.append(text)

    @workflow.query
    def listed(self) -> List[str]:
        return self.notes

    @workflow.update
    def add(self, amount: int) -> int:
        self.total += amount
        return self.total

    @add.validator
    def check_add(self, amount: int) -> None:
        if amount < 0:
            raise ApplicationError("not below zero", type="TooLow")


@workflow.defn
class Parent:
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_child_workflow(Echo.run, "child", id="cli-child")


@dataclass
class Step:
    """One command."""

    arguments: str
    # A part of what it prints; tried again for some seconds until it does.
    says: Optional[str] = None
    fails: bool = False
    # Whether what it prints is compared with the other server's.
    compared: bool = True
    # What to keep of it for `{kept}` in later commands: the first group.
    keeps: Optional[str] = None


def start(type: str, id: str, input: Optional[str] = None, more: str = "", queue: str = QUEUE) -> str:
    given = f" --input '{input}'" if input is not None else ""
    return f"workflow start --type {type} --task-queue {queue} --workflow-id {id}{given} {more}".strip()


STEPS = [
    Step("operator cluster health", "SERVING"),
    Step("operator cluster system", "SupportsSchedules", compared=False),
    Step("operator cluster describe", "active", compared=False),
    Step("operator cluster describe --detail", "active", compared=False),
    Step("operator cluster list", "active", compared=False),
    Step("operator namespace describe default", "Registered", compared=False),
    Step("operator namespace create --namespace other --retention 48h --description more --email a@b.c"),
    Step("operator namespace describe --namespace other", "48h0m0s"),
    Step("operator namespace update --namespace other --description changed"),
    Step("operator namespace describe --namespace other", "changed"),
    Step("operator namespace create --namespace other", "already exists", fails=True),
    Step("operator namespace list", "other", compared=False),
    Step("operator namespace delete --namespace other --yes", compared=False),
    Step("operator search-attribute create --name CliPoints --type Int"),
    Step("operator search-attribute create --name CliWords --type Keyword"),
    Step("operator search-attribute list", "CliPoints", compared=False),
    # Workflows
    Step(start("Echo", "cli-1", '"hi"')),
    Step("workflow result --workflow-id cli-1", '"hi"'),
    Step("workflow describe --workflow-id cli-1", "COMPLETED"),
    Step("workflow show --workflow-id cli-1", "WorkflowExecutionCompleted"),
    Step("workflow show --workflow-id cli-1 --output json", '"EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED"'),
    Step(f"workflow execute --type Echo --task-queue {QUEUE} --workflow-id cli-2 --input '\"ho\"'", '"ho"'),
    Step(f"workflow execute --type Broken --task-queue {QUEUE} --workflow-id cli-3", "It is broken.", fails=True),
    Step("workflow result --workflow-id cli-3", "It is broken.", fails=True),
    Step("workflow describe --workflow-id cli-3", "FAILED"),
    Step("workflow describe --workflow-id absent", "workflow not found", fails=True),
    Step(start("Waiter", "cli-4", None, "--memo 'k=\"v\"' --search-attribute 'CliPoints=7'")),
    # Starting what runs is no error: the command tells of the run that is there.
    Step(start("Waiter", "cli-4", None, "--id-conflict-policy Fail"), "cli-4"),
    Step("workflow signal --workflow-id cli-4 --name note --input '\"one\"'"),
    Step("workflow query --workflow-id cli-4 --name listed", "one"),
    Step("workflow query --workflow-id cli-4 --name absent", "absent", fails=True),
    Step("workflow update execute --workflow-id cli-4 --name add --input 3 --update-id u1", "3"),
    Step("workflow update start --workflow-id cli-4 --name add --input 4 --update-id u2 --wait-for-stage accepted"),
    Step("workflow update result --workflow-id cli-4 --update-id u2", "7"),
    Step("workflow update describe --workflow-id cli-4 --update-id u1", "u1"),
    Step("workflow update execute --workflow-id cli-4 --name add --input -1", "not below zero", fails=True),
    Step("workflow stack --workflow-id cli-4", "Stack for", compared=False),
    Step("workflow metadata --workflow-id cli-4", "listed"),
    Step("workflow describe --workflow-id cli-4", "CliPoints"),
    Step("workflow list --query \"CliPoints = 7\"", "cli-4"),
    Step("workflow count --query \"WorkflowType = 'Waiter' AND ExecutionStatus = 'Running'\"", "1"),
    Step("workflow count --query \"WorkflowType = 'Nothing'\"", "0"),
    Step("workflow list --query \"Nonsense = 1\"", "Nonsense", fails=True),
    Step("workflow signal --workflow-id cli-4 --name note --input '\"end\"'"),
    Step("workflow result --workflow-id cli-4", "end"),
    Step("workflow signal --workflow-id cli-4 --name note --input '\"late\"'", "already completed", fails=True),
    Step(
        "workflow signal-with-start --signal-name note --signal-input '\"first\"' "
        f"--type Waiter --task-queue {QUEUE} --workflow-id cli-5"
    ),
    Step("workflow query --workflow-id cli-5 --name listed", "first"),
    Step("workflow reset --workflow-id cli-5 --type FirstWorkflowTask --reason again"),
    Step("workflow query --workflow-id cli-5 --name listed", "first"),
    Step("workflow cancel --workflow-id cli-5"),
    Step("workflow result --workflow-id cli-5", "CANCELED", fails=True),
    Step(start("Waiter", "cli-6")),
    Step("workflow terminate --workflow-id cli-6 --reason stop"),
    Step("workflow describe --workflow-id cli-6", "Results"),
    Step("workflow terminate --workflow-id cli-6 --reason stop", "already completed", fails=True),
    Step("workflow delete --workflow-id cli-6"),
    Step("workflow count --query \"WorkflowId = 'cli-6'\"", "Total: 0"),
    Step(f"workflow execute --type Parent --task-queue {QUEUE} --workflow-id cli-7", "child"),
    Step("workflow trace --workflow-id cli-7 --no-fold", "Parent"),
    # Activities
    Step(start("Later", "cli-8")),
    Step("workflow describe --workflow-id cli-8", "Pending Activities: 1"),
    Step("activity complete --activity-id later --workflow-id cli-8 --result '\"outside\"'"),
    Step("workflow result --workflow-id cli-8", "outside"),
    Step(start("Later", "cli-9")),
    Step("workflow describe --workflow-id cli-9", "Pending Activities: 1"),
    Step("activity fail --activity-id later --workflow-id cli-9 --reason refused"),
    Step("workflow result --workflow-id cli-9", "refused", fails=True),
    Step("activity complete --activity-id later --workflow-id cli-9 --result 1", "already completed", fails=True),
    # Task queues
    Step(f"task-queue describe --task-queue {QUEUE} --legacy-mode", compared=False),
    Step(f"task-queue describe --task-queue {QUEUE}", "workflow", compared=False),
    # Batches
    Step(start("Waiter", "cli-batch-1")),
    Step(start("Waiter", "cli-batch-2")),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-batch'\"", "Total: 2"),
    Step(
        "workflow signal --name note --input '\"all\"' --query \"WorkflowId STARTS_WITH 'cli-batch'\" "
        "--reason test --yes"
    ),
    Step("workflow query --workflow-id cli-batch-2 --name listed", "all"),
    Step(
        "workflow terminate --query \"WorkflowId STARTS_WITH 'cli-batch' AND ExecutionStatus = 'Running'\" "
        "--reason test --yes"
    ),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-batch' AND ExecutionStatus = 'Running'\"", "Total: 0"),
    Step("batch list", "Completed"),
    # Resets of one and of many
    Step(start("Waiter", "cli-reset-1")),
    Step(start("Waiter", "cli-reset-2")),
    Step("workflow signal --workflow-id cli-reset-1 --name note --input '\"kept\"'"),
    Step("workflow signal --workflow-id cli-reset-2 --name note --input '\"kept\"'"),
    Step("workflow query --workflow-id cli-reset-1 --name listed", "kept"),
    Step("workflow query --workflow-id cli-reset-2 --name listed", "kept"),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-reset'\"", "Total: 2"),
    Step(
        "workflow reset --query \"WorkflowId STARTS_WITH 'cli-reset'\" --reason undo --type LastWorkflowTask",
        "user denied confirmation",
        fails=True,
    ),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-reset'\"", "Total: 2"),
    Step(
        "workflow reset --query \"WorkflowId STARTS_WITH 'cli-reset'\" --reason undo --type LastWorkflowTask -y",
        "Started batch",
        keeps=r"job ID: (\S+)",
    ),
    Step("batch describe --job-id {kept}", "2/2"),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-reset' AND ExecutionStatus = 'Terminated'\"", "Total: 2"),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-reset' AND ExecutionStatus = 'Running'\"", "Total: 2"),
    Step("workflow show --workflow-id cli-reset-1", "WorkflowTaskFailed"),
    Step("workflow query --workflow-id cli-reset-1 --name listed", "kept"),
    Step(
        "workflow reset --query \"WorkflowId = 'cli-reset-1' AND ExecutionStatus = 'Running'\" --reason undo "
        "--type BuildId --build-id none -y",
        "Started batch",
        keeps=r"job ID: (\S+)",
    ),
    Step("batch describe --job-id {kept}", "1/1"),
    Step("workflow reset --query \"Nonsense = 1\" --reason undo --type LastWorkflowTask -y", "Nonsense", fails=True),
    Step("workflow reset --workflow-id cli-reset-1 --type LastWorkflowTask", "reason", fails=True),
    Step("workflow reset --workflow-id cli-reset-1 --type Nonsense --reason undo", "Nonsense", fails=True),
    Step("workflow reset --workflow-id cli-reset-1 --type LastContinuedAsNew --reason undo", "continued", fails=True),
    Step("workflow reset --workflow-id cli-reset-1 --event-id 999 --reason undo", fails=True),
    Step("workflow reset --workflow-id absent --type LastWorkflowTask --reason undo", "not found", fails=True),
    Step("batch describe --job-id absent", "could not find", fails=True),
    Step("batch terminate --job-id absent --reason test", "could not find", fails=True),
    # Operations on many, by a query
    Step(start("Waiter", "cli-many-1")),
    Step(start("Waiter", "cli-many-2")),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-many'\"", "Total: 2"),
    Step(
        "workflow cancel --query \"WorkflowId STARTS_WITH 'cli-many'\" --reason test --yes",
        "Started batch",
        keeps=r"job ID: (\S+)",
    ),
    Step("batch describe --job-id {kept}", "2/2"),
    Step("batch terminate --job-id {kept} --reason late", "could not find", fails=True),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-many' AND ExecutionStatus = 'Canceled'\"", "Total: 2"),
    Step(
        "workflow delete --query \"WorkflowId STARTS_WITH 'cli-many'\" --reason test --yes",
        "Started batch",
        keeps=r"job ID: (\S+)",
    ),
    Step("batch describe --job-id {kept}", "2/2"),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-many'\"", "Total: 0"),
    Step("workflow cancel --query \"Nonsense = 1\" --reason test --yes", "Nonsense", fails=True),
    Step("workflow terminate --query \"Nonsense = 1\" --reason test --yes", "Nonsense", fails=True),
    Step("workflow delete --query \"Nonsense = 1\" --reason test --yes", "Nonsense", fails=True),
    # A batch that takes a while
    Step(start("Waiter", "cli-slow-1")),
    Step(start("Waiter", "cli-slow-2")),
    Step(start("Waiter", "cli-slow-3")),
    Step("workflow count --query \"WorkflowId STARTS_WITH 'cli-slow'\"", "Total: 3"),
    Step(
        "workflow signal --name note --input '\"slow\"' --query \"WorkflowId STARTS_WITH 'cli-slow'\" --rps 0.02 "
        "--reason test --yes",
        "Started batch",
        keeps=r"job ID: (\S+)",
    ),
    # How far it is depends on time.
    Step("batch describe --job-id {kept}", "Running", compared=False),
    Step("batch list", "Running", compared=False),
    Step("batch terminate --job-id {kept} --reason enough"),
    Step("batch describe --job-id {kept}", "Failed", compared=False),
    Step("batch list", "Failed"),
    Step("workflow terminate --query \"WorkflowId STARTS_WITH 'cli-slow'\" --reason test --yes", "Started batch"),
    # Operations on activities
    Step(start("Trier", "cli-10")),
    Step("workflow describe --workflow-id cli-10", "not yet"),
    Step("activity pause --workflow-id cli-10 --activity-id stubborn"),
    # A server of version 1.27 has no state of its own for it, and its command line no word.
    Step("workflow describe --workflow-id cli-10 --output json", '"paused": true', compared=False),
    Step("activity pause --workflow-id cli-10 --activity-id stubborn"),
    Step("activity unpause --workflow-id cli-10 --activity-id stubborn --reset-attempts --reset-heartbeats"),
    # What a server writes of workers without a version, too.
    Step("workflow describe --workflow-id cli-10 --output json", '"PENDING_ACTIVITY_STATE_SCHEDULED"', compared=False),
    Step(start("Nobody", "cli-13", queue="nobody")),
    Step("workflow describe --workflow-id cli-13 --output json", '"WORKFLOW_EXECUTION_STATUS_RUNNING"'),
    Step("workflow terminate --workflow-id cli-13"),
    Step("activity pause --workflow-id cli-10 --activity-type stubborn"),
    Step("activity unpause --workflow-id cli-10 --activity-type stubborn"),
    Step(
        "activity update-options --workflow-id cli-10 --activity-id stubborn --retry-maximum-attempts 1 "
        "--schedule-to-close-timeout 10h",
        "10h0m0s",
    ),
    # A newer server has other words for it.
    Step(
        "activity update-options --workflow-id cli-10 --activity-id stubborn --start-to-close-timeout -1s",
        "negative duration",
        fails=True,
        compared=False,
    ),
    Step("activity pause --workflow-id cli-10 --activity-id absent", fails=True),
    Step("activity unpause --workflow-id cli-10 --activity-id absent", fails=True),
    Step("activity reset --workflow-id cli-10 --activity-id absent", fails=True),
    Step("activity update-options --workflow-id cli-10 --activity-id absent --retry-maximum-attempts 1", fails=True),
    Step("activity pause --workflow-id absent --activity-id stubborn", "not found", fails=True),
    Step("activity reset --workflow-id cli-10 --activity-id stubborn --reset-heartbeats"),
    Step("workflow result --workflow-id cli-10", "not yet", fails=True),
    Step("activity pause --workflow-id cli-10 --activity-id stubborn", "already completed", fails=True),
    # Nexus endpoints
    Step(
        f"operator nexus endpoint create --name cli-endpoint --target-namespace default --target-task-queue {QUEUE} "
        "--description first"
    ),
    Step(
        f"operator nexus endpoint create --name cli-endpoint --target-namespace default --target-task-queue {QUEUE}",
        "already",
        fails=True,
    ),
    Step(
        f"operator nexus endpoint create --name cli-lost --target-namespace absent --target-task-queue {QUEUE}",
        "absent",
        fails=True,
    ),
    Step("operator nexus endpoint create --name cli-nowhere", fails=True),
    Step("operator nexus endpoint get --name cli-endpoint", "first"),
    Step("operator nexus endpoint list", "cli-endpoint"),
    Step("operator nexus endpoint update --name cli-endpoint --description second --target-task-queue other"),
    Step("operator nexus endpoint get --name cli-endpoint", "second"),
    Step("operator nexus endpoint update --name cli-endpoint --unset-description"),
    Step("operator nexus endpoint update --name absent --description second", "absent", fails=True),
    Step("operator nexus endpoint get --name cli-endpoint", "other"),
    Step("operator nexus endpoint delete --name cli-endpoint"),
    Step("operator nexus endpoint delete --name cli-endpoint", "cli-endpoint", fails=True),
    Step("operator nexus endpoint get --name cli-endpoint", "cli-endpoint", fails=True),
    # Versioned workers
    Step("worker deployment list", "cli-deployment"),
    Step("worker deployment describe --name cli-deployment", "b2"),
    # A newer server has other words for what is not there.
    Step("worker deployment describe --name absent", "found", fails=True, compared=False),
    Step(
        "worker deployment set-current-version --version cli-deployment.absent --yes",
        "not found in",
        fails=True,
        compared=False,
    ),
    Step("worker deployment set-current-version --version cli-deployment.b1 --yes"),
    Step("worker deployment describe --name cli-deployment", "b1"),
    Step(f"workflow execute --type Echo --task-queue {VERSIONED_QUEUE} --workflow-id cli-11 --input '\"pinned\"'", "pinned"),
    Step("workflow describe --workflow-id cli-11", "cli-deployment"),
    Step(start("Waiter", "cli-12", queue=VERSIONED_QUEUE)),
    Step("workflow query --workflow-id cli-12 --name listed", "QueryResult"),
    Step("worker deployment set-ramping-version --version cli-deployment.b2 --percentage 30 --yes"),
    Step("worker deployment describe --name cli-deployment", "30"),
    Step("worker deployment describe-version --version cli-deployment.b2", "cli-versioned"),
    Step("worker deployment update-metadata-version --version cli-deployment.b2 --metadata 'owner=\"me\"'", "owner"),
    Step("worker deployment describe-version --version cli-deployment.b2", "owner"),
    Step("worker deployment update-metadata-version --version cli-deployment.b2 --remove-entries owner"),
    Step("worker deployment set-ramping-version --version cli-deployment.b2 --delete --yes"),
    Step("worker deployment set-current-version --version cli-deployment.b2 --yes"),
    Step("worker deployment describe --name cli-deployment", "draining"),
    Step("worker deployment describe-version --version cli-deployment.b1", "draining"),
    Step("worker deployment describe-version --version cli-deployment.absent", fails=True),
    # A server of version 1.27 does not tell why.
    Step("worker deployment delete-version --version cli-deployment.b1", fails=True, compared=False),
    Step("worker deployment delete --name cli-deployment", fails=True, compared=False),
    Step(
        "workflow update-options --workflow-id cli-12 --versioning-override-behavior pinned "
        "--versioning-override-pinned-version cli-deployment.b2"
    ),
    Step("workflow describe --workflow-id cli-12", "cli-deployment"),
    Step("workflow update-options --workflow-id cli-12 --versioning-override-behavior unspecified"),
    Step(
        "workflow update-options --query \"WorkflowId = 'cli-12'\" --versioning-override-behavior auto_upgrade "
        "--reason test --yes",
        "Started batch",
        keeps=r"job ID: (\S+)",
    ),
    Step("batch describe --job-id {kept}", "1/1"),
    Step("workflow show --workflow-id cli-12", "WorkflowExecutionOptionsUpdated"),
    Step("workflow signal --workflow-id cli-12 --name note --input '\"end\"'"),
    Step("workflow result --workflow-id cli-12", "end"),
    Step(f"task-queue list-partition --task-queue {QUEUE}"),
    # Schedules
    Step(
        f"schedule create --schedule-id cli-s --interval 10h --type Echo --task-queue {QUEUE} "
        "--workflow-id cli-scheduled --input '\"x\"' --notes noted"
    ),
    Step(
        f"schedule create --schedule-id cli-s --interval 10h --type Echo --task-queue {QUEUE}",
        "already",
        fails=True,
    ),
    Step("schedule list", "cli-s"),
    Step("schedule describe --schedule-id cli-s", "noted"),
    Step("schedule toggle --schedule-id cli-s --pause --reason wait"),
    Step("schedule describe --schedule-id cli-s", "wait"),
    Step("schedule toggle --schedule-id cli-s --unpause --reason go"),
    Step("schedule trigger --schedule-id cli-s"),
    Step("workflow count --query \"TemporalScheduledById = 'cli-s'\"", "Total: 1"),
    Step(
        "schedule backfill --schedule-id cli-s --start-time 2024-01-01T00:00:00Z --end-time 2024-01-01T21:00:00Z "
        "--overlap-policy AllowAll"
    ),
    Step("workflow count --query \"TemporalScheduledById = 'cli-s'\"", "Total: 3"),
    Step(
        f"schedule update --schedule-id cli-s --calendar '{{\"hour\":\"3\"}}' --type Echo --task-queue {QUEUE} "
        "--workflow-id cli-scheduled --input '\"y\"'"
    ),
    Step("schedule describe --schedule-id cli-s", '"hour"'),
    Step("schedule delete --schedule-id cli-s"),
    Step("schedule describe --schedule-id cli-s", "not found", fails=True),
    Step("operator search-attribute remove --name CliWords --yes"),
]

# What is left out of the comparison, line by line, with the reason.
ALLOWED = [
    # The size of a history depends on the lengths of ids and names.
    r"HistorySize", r"historySizeBytes",
    # Names of servers.
    r"server version", r"ServerVersion",
    # Told by servers after 1.27 only.
    r"^CreatedTime", r"^RampingVersionPercentageChangedTime",
    # What the worker is built from, which only deployments tell here; and the year 1 for runs without a limit.
    r'"?(autoResetPoints|mostRecentWorkerVersionStamp|runExpirationTime)"',
    # How often state was written is the server's own business.
    r"StateTransitionCount", r"stateTransitionCount",
    # Numbers of tasks and clusters of the server.
    r'"taskId"', r'"version":',
    # What the worker's SDK tells of itself comes in no order.
    r"^\d+,?$",
]


def normalised(text: str) -> List[str]:
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| [+-]\d{4} UTC| UTC)?", "<time>", text)
    text = re.sub(r"(a few|\d+|an?|one) (seconds?|minutes?|hours?) (ago|from now)|now(?=\s|$)", "<ago>", text)
    text = re.sub(r"\d+(\.\d+)?(ms|µs|us|s|m\d+s)\b", "<length>", text)
    text = re.sub(r"\d+@[\w.-]+|temporal-cli:[\w@.\\-]+", "<who>", text)
    text = re.sub(r'"[A-Za-z0-9+/=]{24,}"', '"<data>"', text)
    # Servers after 1.27 write versions with a colon, and note which ones a run had.
    text = re.sub(r"cli-deployment:(b\d)", r"cli-deployment.\1", text)
    text = re.sub(r'TemporalUsedWorkerDeploymentVersions:(metadata:{[^}]*} ){2}data:"(\\.|[^"\\])*" ', "", text)
    # Names of servers.
    text = re.sub(r"(?m)^(\s*cli\s+)127\.0\.0\.1:\d+$", r"\1", text)
    lines = [re.sub(r"[ \t]+", " ", line).strip().rstrip(",") for line in text.splitlines()]
    # Servers after 1.27 list the newest version first.
    versions = iter(sorted(line for line in lines if line.startswith("cli-deployment.b")))
    lines = [next(versions) if line.startswith("cli-deployment.b") else line for line in lines]
    return [line for line in lines if line and not any(re.search(allowed, line) for allowed in ALLOWED)]


async def run(cli: str, address: str, step: Step, kept: Dict[str, str]) -> List[str]:
    """Runs a command until it says what it should, and returns what it printed.

    What it keeps is noted for its address.
    """
    end = time.monotonic() + 60
    arguments = step.arguments.replace("{kept}", kept.get(address, ""))
    while True:
        process = await asyncio.create_subprocess_shell(
            f"{cli} {arguments} --address {address}",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        output, _ = await process.communicate()
        text = output.decode(errors="replace")
        ends = (process.returncode != 0) == step.fails
        if ends and (step.says is None or step.says in text):
            if step.keeps is not None:
                found = re.search(step.keeps, text)
                if found is None:
                    raise AssertionError(f"nothing like {step.keeps} in:\n{text}")
                kept[address] = found.group(1)
            return normalised(text)
        repeatable = step.says is not None and (" start " not in step.arguments) and not step.fails and step.keeps is None
        if not repeatable or time.monotonic() > end:
            break
        await asyncio.sleep(0.3)
    expected = f"{'failure' if step.fails else 'success'}, with {step.says!r}"
    raise AssertionError(f"{address}: exit code {process.returncode}, expected {expected}:\n{text}")


async def main(cli: str, addresses: List[str]) -> int:
    # Some activities are meant to fail.
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    workers = []
    for address in addresses:
        client = await Client.connect(address)
        workers.append(
            Worker(
                client,
                task_queue=QUEUE,
                workflows=[Echo, Broken, Later, Trier, Waiter, Parent],
                activities=[later, stubborn],
                workflow_runner=UnsandboxedWorkflowRunner(),
            )
        )
        for build in ["b1", "b2"]:
            workers.append(
                Worker(
                    client,
                    task_queue=VERSIONED_QUEUE,
                    workflows=[Echo, Waiter],
                    workflow_runner=UnsandboxedWorkflowRunner(),
                    deployment_config=WorkerDeploymentConfig(
                        version=WorkerDeploymentVersion(deployment_name="cli-deployment", build_id=build),
                        use_worker_versioning=True,
                        default_versioning_behavior=VersioningBehavior.PINNED,
                    ),
                )
            )
    running = [asyncio.create_task(worker.run()) for worker in workers]
    failures = 0
    compared = 0
    kept: Dict[str, str] = {}
    for step in STEPS:
        try:
            outputs = [await run(cli, address, step, kept) for address in addresses]
        except AssertionError as error:
            failures += 1
            print(f"FAILED: temporal {step.arguments}\n{error}\n", flush=True)
            continue
        if len(outputs) == 2 and step.compared:
            compared += 1
            if outputs[0] != outputs[1]:
                failures += 1
                diff = "\n".join(difflib.unified_diff(outputs[1], outputs[0], "expected", "printed", lineterm="", n=1))
                print(f"DIFFERENT: temporal {step.arguments}\n{diff}\n", flush=True)
    for worker in workers:
        await worker.shutdown()
    await asyncio.gather(*running)
    print(f"{len(STEPS)} commands, {compared} compared, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    code = asyncio.run(main(sys.argv[1], sys.argv[2:]))
    # Threads of the native part may still run, and can abort the interpreter while it ends.
    sys.stdout.flush()
    os._exit(code)
