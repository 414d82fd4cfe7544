"""The Python side of the interoperability tests; `InteropTests.swift` starts it.

    peer.py client ADDRESS QUEUE   runs the Swift workflows of a queue and checks what comes back
    peer.py messages ADDRESS QUEUE the same for signals, queries and updates
    peer.py worker ADDRESS QUEUE   runs the Python workflows of a queue until its input ends
"""

import asyncio
import dataclasses
import logging
import math
import os
import sys
import uuid
from datetime import datetime, timedelta, timezone
from typing import Dict, List, Optional

import nexusrpc
import nexusrpc.handler
from temporalio import activity, nexus, workflow
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateStage,
)
from temporalio.common import RetryPolicy, WorkflowIDConflictPolicy
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
)
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    ChildWorkflowError,
    NexusOperationError,
    TerminatedError,
    TimeoutError,
    TimeoutType,
)
from temporalio.worker import UnsandboxedWorkflowRunner, Worker


@dataclasses.dataclass
class Place:
    name: str
    tags: List[str]


@dataclasses.dataclass
class Record:
    text: str
    whole: int
    big: int
    fraction: float
    flag: bool
    when: datetime
    place: Place
    numbers: List[int]
    table: Dict[str, float]
    # Swift leaves out what is nil, so Python needs a default for it.
    note: Optional[str] = None


RECORD = Record(
    text='Grüße 🚀 日本 https://a/b?c=\\d "quoted"\n\t\u2028',
    whole=-(2**63),
    big=2**64 - 1,
    fraction=0.1,
    flag=True,

    when=datetime(2024, 2, 29, 12, 34, 56, 123456, tzinfo=timezone.utc),
    place=Place("a/b", []),
    numbers=[],
    table={"third": 1 / 3, "whole": 3.0, "large": 1e300},
)
BYTES = bytes(range(256))


# What the Swift client runs.


@workflow.defn(name="PythonEcho")
class PythonEcho:
    def __init__(self) -> None:
        self.notes: List[str] = []

    @workflow.run
    async def run(
        self, record: Record, big: int, data: bytes, absent: Optional[str], when: datetime
    ) -> Record:
        assert big == 2**64 - 1, big
        assert data == BYTES, data
        assert absent is None, absent
        assert when == RECORD.when, when
        assert record == RECORD, record
        await workflow.wait_condition(lambda: len(self.notes) >= 2)
        return record

    @workflow.signal
    def note(self, text: str, suffix: Optional[str] = None) -> None:
        self.notes.append(text + (suffix or ""))

    @workflow.query
    def listed(self, first: int) -> List[str]:
        return self.notes[first:]

    @workflow.query
    def refuse(self) -> str:
        raise ApplicationError("not now", type="Refused")


@workflow.defn(name="PythonBytes")
class PythonBytes:
    @workflow.run
    async def run(self, data: bytes) -> bytes:
        return data[::-1]


@workflow.defn(name="PythonNothing")
class PythonNothing:
    @workflow.run
    async def run(self) -> None:
        return None


@workflow.defn(name="PythonFailure")
class PythonFailure:
    @workflow.run
    async def run(self, kind: str) -> None:
        if kind == "activity":
            await workflow.execute_activity(
                "python_refuse",
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        if kind == "timeout":
            await workflow.execute_activity(
                "python_refuse",
                task_queue="nobody",
                schedule_to_start_timeout=timedelta(milliseconds=100),
                start_to_close_timeout=timedelta(seconds=10),
            )
        if kind == "wait":
            await asyncio.sleep(3600)
        if kind == "child":
            await workflow.execute_child_workflow("PythonChild", "fail")
        if kind == "lost child":
            await workflow.execute_child_workflow(
                "PythonChild", "wait", id=f"{workflow.info().workflow_id}-child"
            )
        try:
            raise ValueError("inner")
        except ValueError as error:
            raise ApplicationError(
                "broken", {"a": 1}, 7, None, BYTES, type="Broken", non_retryable=True
            ) from error


@workflow.defn(name="PythonCounter")
class PythonCounter:
    def __init__(self) -> None:
        self.total = 0
        self.is_closed = False

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.is_closed)
        return self.total

    @workflow.signal
    def close(self) -> None:
        self.is_closed = True

    @workflow.update
    async def add(self, amount: int, note: Optional[str]) -> str:
        await asyncio.sleep(0.01)
        if amount == 0:
            raise ApplicationError("nothing to add", {"a": 1}, type="Zero")
        self.total += amount
        return f"{self.total} {note}"

    @add.validator
    def check_add(self, amount: int, note: Optional[str]) -> None:
        if amount < 0:
            raise ApplicationError("not below zero", type="TooLow")


@workflow.defn(name="PythonCallsSwift")
class PythonCallsSwift:
    @workflow.run
    async def run(self, queue: str) -> str:
        total = await workflow.execute_activity(
            "total",
            args=[1, 2.5, None],
            task_queue=queue,
            result_type=float,
            start_to_close_timeout=timedelta(seconds=10),
        )
        back = await workflow.execute_activity(
            "reverse",
            BYTES,
            task_queue=queue,
            result_type=bytes,
            start_to_close_timeout=timedelta(seconds=10),
        )
        try:
            await workflow.execute_activity(
                "refuse",
                task_queue=queue,
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except ActivityError as error:
            cause = error.cause
            assert isinstance(cause, ApplicationError), cause
            return f"{total} {back == BYTES[::-1]} {error.activity_type} {cause.type} {cause.message}"
        return "no error"


@workflow.defn(name="PythonParent")
class PythonParent:
    @workflow.run
    async def run(self, queue: str) -> List[str]:
        log: List[str] = []
        child = await workflow.start_child_workflow(
            "SwiftChild", "wait", task_queue=queue, result_type=str
        )
        await child.signal("finish", "signalled")
        log.append(await child)
        try:
            await workflow.execute_child_workflow("SwiftChild", "fail", task_queue=queue, result_type=str)
        except ChildWorkflowError as error:
            cause = error.cause
            assert isinstance(cause, ApplicationError), cause
            log.append(f"{error.workflow_type} {cause.type} {cause.message} {cause.details[0]}")
        cancelled = await workflow.start_child_workflow(
            "SwiftChild", "wait", task_queue=queue, result_type=str
        )
        cancelled.cancel()
        try:
            await cancelled
        except ChildWorkflowError as error:
            assert isinstance(error.cause, CancelledError), error.cause
            log.append("cancelled")
        return log


@workflow.defn(name="PythonChild")
class PythonChild:
    def __init__(self) -> None:
        self.ending: Optional[str] = None

    @workflow.run
    async def run(self, kind: str) -> str:
        if kind == "fail":
            raise ApplicationError("broken", "detail", type="Broken", non_retryable=True)
        await workflow.wait_condition(lambda: self.ending is not None)
        parent = workflow.info().parent
        return f"Python child of {parent.workflow_id if parent else 'nobody'}: {self.ending}"

    @workflow.signal
    def finish(self, ending: str) -> None:
        self.ending = ending


# Nexus operations: those of Swift, and those that Swift calls.


@nexusrpc.service(name="SwiftDesk")
class SwiftDesk:
    greet: nexusrpc.Operation[str, str]
    work: nexusrpc.Operation[int, str]


@nexusrpc.service(name="PythonDesk")
class PythonDesk:
    greet: nexusrpc.Operation[str, str]
    work: nexusrpc.Operation[int, str]


@workflow.defn(name="PythonNexusWork")
class PythonNexusWork:
    @workflow.run
    async def run(self, amount: int) -> str:
        if amount < 0:
            await asyncio.sleep(3600)
        return f"Python worked on {amount}"


@nexusrpc.handler.service_handler(service=PythonDesk)
class PythonDeskHandler:
    @nexusrpc.handler.sync_operation
    async def greet(self, ctx: nexusrpc.handler.StartOperationContext, name: str) -> str:
        if name == "fail":
            raise nexusrpc.OperationError("no luck", state=nexusrpc.OperationErrorState.FAILED)
        if name == "bad":
            raise nexusrpc.HandlerError("not like this", type=nexusrpc.HandlerErrorType.BAD_REQUEST)
        return f"Python greets {name}"

    @nexus.workflow_run_operation
    async def work(self, ctx: nexus.WorkflowRunOperationContext, amount: int) -> nexus.WorkflowHandle[str]:
        return await ctx.start_workflow(PythonNexusWork.run, amount, id=f"work-{ctx.request_id}")


@workflow.defn(name="PythonNexusCaller")
class PythonNexusCaller:
    @workflow.run
    async def run(self, endpoint: str) -> List[str]:
        client = workflow.create_nexus_client(service=SwiftDesk, endpoint=endpoint)
        log = [await client.execute_operation(SwiftDesk.greet, "Python")]
        log.append(await client.execute_operation(SwiftDesk.work, 3))
        for what in ["fail", "bad"]:
            try:
                log.append(await client.execute_operation(SwiftDesk.greet, what))
            except NexusOperationError as error:
                cause = error.cause
                if isinstance(cause, ApplicationError):
                    log.append(f"{cause.type} {cause.message}")
                elif isinstance(cause, nexusrpc.HandlerError):
                    log.append(cause.type.value)
                else:
                    log.append(repr(cause))
        operation = await client.start_operation(SwiftDesk.work, -1)
        operation.cancel()
        try:
            log.append(await operation)
        except NexusOperationError as error:
            assert isinstance(error.cause, CancelledError), error.cause
            log.append("cancelled")
        return log


@activity.defn(name="python_total")
async def python_total(first: int, second: float, third: Optional[str]) -> float:
    return first + second + (len(third) if third is not None else 0)


@activity.defn(name="python_record")
async def python_record(record: Record) -> Record:
    assert record == RECORD, record
    return record


@activity.defn(name="python_refuse")
async def python_refuse() -> None:
    raise ApplicationError("refused", "detail", type="Refused")


async def run_worker(address: str, queue: str) -> None:
    client = await Client.connect(address)
    encoded = await Client.connect(
        address,
        data_converter=dataclasses.replace(
            DataConverter.default, failure_converter_class=DefaultFailureConverterWithEncodedAttributes
        ),
    )
    settings = dict(
        workflows=[
            PythonEcho,
            PythonBytes,
            PythonNothing,
            PythonFailure,
            PythonCounter,
            PythonCallsSwift,
            PythonParent,
            PythonChild,
            PythonNexusWork,
            PythonNexusCaller,
        ],
        nexus_service_handlers=[PythonDeskHandler()],
        activities=[python_total, python_record, python_refuse],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with Worker(client, task_queue=queue, **settings), Worker(
        encoded, task_queue=queue + "-encoded", **settings
    ):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


# What the Swift worker runs.


def check(what: str, actual: object, expected: object) -> None:
    if actual != expected or type(actual) is not type(expected):
        raise AssertionError(f"{what}: {actual!r} is not {expected!r}")


async def run_client(address: str, queue: str) -> None:
    client = await Client.connect(address)

    async def run(name: str, *args: object, result_type: Optional[type] = None) -> object:
        return await client.execute_workflow(
            name,
            args=args,
            id=f"interop-{name}-{uuid.uuid4()}",
            task_queue=queue,
            result_type=result_type,
            execution_timeout=timedelta(seconds=30),
        )

    handle = await client.start_workflow(
        "SwiftEcho",
        args=[RECORD, 2**64 - 1, BYTES, None, RECORD.when],
        id=f"interop-{uuid.uuid4()}",
        task_queue=queue,
        result_type=Record,
        execution_timeout=timedelta(seconds=30),
    )
    await handle.signal("note", args=["one", "!"])
    await handle.signal("note", "two")
    check("result", await handle.result(), RECORD)
    check("query", await handle.query("listed", 1, result_type=List[str]), ["two"])
    check("query", await handle.query("nothing"), None)
    for query, text in [("refuse", "not now"), ("absent", "listed"), ("listed", "argument 1")]:
        try:
            await handle.query(query)
            raise AssertionError(f"query {query} was answered")
        except WorkflowQueryFailedError as error:
            if text not in error.message:
                raise AssertionError(f"query {query}: {error.message!r} does not mention {text!r}")

    check("bytes", await run("SwiftBytes", BYTES, result_type=bytes), BYTES[::-1])
    check("no bytes", await run("SwiftBytes", b"", result_type=bytes), b"")
    check("nothing", await run("SwiftNothing"), None)
    check("nothing with surplus", await run("SwiftNothing", 1, "two"), None)
    check("absent", await run("SwiftOptional", result_type=Optional[str]), None)
    check("None", await run("SwiftOptional", None, result_type=Optional[str]), None)
    check("text", await run("SwiftOptional", "text", result_type=Optional[str]), "text")
    check("empty list", await run("SwiftList", [], result_type=List[str]), [])
    for when in [
        datetime(2024, 2, 29, 12, 34, 56, tzinfo=timezone.utc),
        datetime(1969, 12, 31, 23, 59, 59, 750000, tzinfo=timezone.utc),
        datetime(1, 1, 1, tzinfo=timezone.utc),
        datetime(2024, 2, 29, 12, 34, 56, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    ]:
        check("date", await run("SwiftDate", when, result_type=datetime), when.astimezone(timezone.utc))
    for number in [2**63 - 1, -(2**63), 0]:
        check("integer", await run("SwiftInteger", number, result_type=int), number)
    for number in [0.1, 1e300, 5e-324, 3.0]:
        back = await run("SwiftDouble", number, result_type=float)
        if not math.isclose(back, number, rel_tol=0, abs_tol=0):
            raise AssertionError(f"double: {back!r} is not {number!r}")

    check("relay", await run("SwiftCallsPython", queue + "-python", result_type=str), "3.5 true Refused refused")

    for suffix in ["", "-encoded"]:
        await check_failures(client, queue + suffix)


async def check_failures(client: Client, queue: str) -> None:
    """Checks how a workflow of Swift fails; on a queue whose name ends so, what its errors say is encoded."""

    async def start(kind: str) -> WorkflowHandle:
        return await client.start_workflow(
            "SwiftFailure",
            kind,
            id=f"interop-{uuid.uuid4()}",
            task_queue=queue,
            execution_timeout=timedelta(seconds=30),
        )

    async def cause(handle: WorkflowHandle) -> BaseException:
        try:
            await handle.result()
        except WorkflowFailureError as error:
            return error.cause
        raise AssertionError(f"{handle.id} did not fail")

    handle = await start("application")
    error = await cause(handle)
    assert isinstance(error, ApplicationError), error
    check("message", error.message, "broken")
    check("type", error.type, "Broken")
    check("non_retryable", error.non_retryable, True)
    check("details", list(error.details), [{"a": 1}, 7, None, BYTES])
    assert isinstance(error.cause, ApplicationError), error.cause
    check("type of the cause", error.cause.type, "Inner")
    check("message of the cause", error.cause.message, "inner")
    failed = (await handle.fetch_history()).events[-1].workflow_execution_failed_event_attributes.failure
    is_encoded = queue.endswith("-encoded")
    for part, text in [(failed, "broken"), (failed.cause, "inner")]:
        check("message in the history", part.message, "Encoded failure" if is_encoded else text)
        check("encoding", part.HasField("encoded_attributes"), is_encoded)

    error = await cause(await start("activity"))
    assert isinstance(error, ActivityError), error
    check("activity", error.activity_type, "refuse")
    assert isinstance(error.cause, ApplicationError), error.cause
    check("type of an error of Swift", error.cause.type, "Refused")
    check("message of an error of Swift", error.cause.message, "It is refused.")

    error = await cause(await start("timeout"))
    assert isinstance(error, ActivityError) and isinstance(error.cause, TimeoutError), error
    check("kind of the timeout", error.cause.type, TimeoutType.SCHEDULE_TO_START)

    error = await cause(await start("child"))
    assert isinstance(error, ChildWorkflowError), error
    check("child", error.workflow_type, "SwiftChild")
    assert isinstance(error.cause, ApplicationError), error.cause
    check("type of a child's error", error.cause.type, "Broken")
    check("message of a child's error", error.cause.message, "broken")
    check("details of a child's error", list(error.cause.details), ["detail"])

    handle = await start("lost child")
    # It can be terminated once it has started.
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.HasField("child_workflow_execution_started_event_attributes"):
            break
    await client.get_workflow_handle(f"{handle.id}-child").terminate("enough")
    error = await cause(handle)
    assert isinstance(error, ChildWorkflowError) and isinstance(error.cause, TerminatedError), error
    check("id of the child", error.workflow_id, f"{handle.id}-child")

    handle = await start("wait")
    await handle.cancel()
    assert isinstance(await cause(handle), CancelledError)

    handle = await start("wait")
    await handle.terminate("enough")
    assert isinstance(await cause(handle), TerminatedError)


async def run_messages(address: str, queue: str) -> None:
    client = await Client.connect(address)
    handle = await client.start_workflow(
        "SwiftCounter", id=f"interop-{uuid.uuid4()}", task_queue=queue, result_type=int
    )
    check("update", await handle.execute_update("add", args=[2, "two"], result_type=str), "2 two")
    started = await handle.start_update(
        "add", args=[3, None], id="mine", wait_for_stage=WorkflowUpdateStage.ACCEPTED, result_type=str
    )
    check("id", started.id, "mine")
    check("started update", await started.result(), "5 -")
    check("handle", await handle.get_update_handle("mine", result_type=str).result(), "5 -")
    for name, amount, kind, message in [
        ("rejected", -1, "TooLow", "not below zero"),
        ("failed", 0, "Zero", "nothing to add"),
    ]:
        try:
            await handle.execute_update("add", args=[amount, None])
            raise AssertionError(f"the update was not {name}")
        except WorkflowUpdateFailedError as error:
            assert isinstance(error.cause, ApplicationError), error.cause
            check(f"type of the {name} update", error.cause.type, kind)
            check(f"message of the {name} update", error.cause.message, message)
    try:
        await handle.execute_update("absent")
        raise AssertionError("an unknown update was taken on")
    except WorkflowUpdateFailedError as error:
        assert "Known updates: [add]" in error.cause.message, error.cause
    await handle.signal("anything", args=[1, "one"])
    check("dynamic signal", await handle.query("signals", result_type=List[str]), ["anything 2"])
    assert "condition" in await handle.query("__stack_trace", result_type=str)
    details = (await handle.describe()).id
    check("id of the description", details, handle.id)
    await handle.signal("close")
    check("result", await handle.result(), 5)

    start = WithStartWorkflowOperation(
        "SwiftCounter",
        id=f"interop-{uuid.uuid4()}",
        task_queue=queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        result_type=int,
    )
    check(
        "update with start",
        await client.execute_update_with_start_workflow(
            "add", args=[7, "seven"], start_workflow_operation=start, result_type=str
        ),
        "7 seven",
    )
    handle = await start.workflow_handle()
    await handle.signal("close")
    check("result after update with start", await handle.result(), 7)


async def main() -> None:
    # Activities that fail are part of the tests, and only warnings.
    logging.getLogger("temporalio").setLevel(logging.ERROR)
    mode, address, queue = sys.argv[1:]
    modes = {"worker": run_worker, "client": run_client, "messages": run_messages}
    await modes[mode](address, queue)


asyncio.run(main())
# Threads of the native part may still run, and can abort the interpreter while it ends. All checks are done by now.
sys.stdout.flush()
os._exit(0)
