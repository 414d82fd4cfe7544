"""Prunes the Temporal API to what its services reach, and prints what generates Swift from it.

Reads the descriptors that the PyPI package `temporalio` carries, and writes three things into the folder given as
the only argument: `request.bin`, a CodeGeneratorRequest for protoc-gen-swift, `ServiceMethods.swift`, the list of
RPCs, and `PayloadHolders.swift`, which reaches all payloads of a message. `generate.sh` beside this file runs it.
"""

import collections
import importlib
import pathlib
import re
import sys

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2

# The services whose RPCs a client, a worker or the in-memory service speaks. The Cloud API is left out.
SERVICES = [
    ("temporalio.api.workflowservice.v1.service_pb2", "WorkflowService", ""),
    ("temporalio.api.operatorservice.v1.service_pb2", "OperatorService", ""),
    ("temporalio.api.testservice.v1.service_pb2", "TestService", "testService"),
]

# Messages that no RPC names, because they travel inside `google.protobuf.Any`, gRPC status details or payloads.
EXTRA = [
    ("temporalio.api.errordetails.v1.message_pb2", None),
    ("temporalio.api.update.v1.message_pb2", None),
    ("temporalio.api.sdk.v1.workflow_metadata_pb2", None),
    ("temporalio.api.sdk.v1.enhanced_stack_trace_pb2", None),
    ("temporalio.api.sdk.v1.user_metadata_pb2", None),
    ("temporalio.api.history.v1.message_pb2", ["History"]),
    ("google.rpc.status_pb2", ["Status"]),
]

# Packages whose plain message names would collide with another package's.
QUALIFIED = {
    "temporal.api.update.v1": "APIUpdate",
    "temporal.api.nexus.v1": "APINexus",
    "temporal.api.protocol.v1": "APIProtocol",
    "temporal.api.activity.v1": "APIActivity",
    "temporal.api.testservice.v1": "APITest",
    "temporal.api.callback.v1": "APICallback",
    "temporal.api.nexusoperation.v1": "APINexusOperation",
    "temporal.api.workflow.v1": "APIWorkflow",
}


# What the RPCs that take or return nothing name instead of a message of the API.
EMPTY = {"google.protobuf.Empty": "EmptyMessage"}

# What is a payload on the wire and is no value of a user's: the service reads it.
PAYLOAD = "temporal.api.common.v1.Payload"
NO_USER_PAYLOADS = ["temporal.api.common.v1.SearchAttributes"]
NO_USER_PAYLOAD_FIELDS = ["group_values"]
NO_USER_PAYLOAD_PACKAGES = ["temporal.api.compute.v1"]

# Holders whose conformance is written by hand, in PayloadHolder.swift.
HOLDERS_BY_HAND = [
    PAYLOAD,
    "temporal.api.common.v1.Payloads",
    "temporal.api.common.v1.Header",
    "temporal.api.common.v1.Memo",
    "temporal.api.protocol.v1.Message",
]

# Parts of names that swift-protobuf spells in capitals, and names that it changes because messages have them already.
CAPITALS = {"id": "ID", "url": "URL", "http": "HTTP", "https": "HTTPS"}
RENAMED = {"description": "description_p"}


def prefix(package):
    return QUALIFIED.get(package, "API")


def load():
    """Every file descriptor that the roots need, and the roots themselves, in a stable order."""
    files, roots, methods = {}, [], []

    def add(file):
        if file.name in files:
            return
        for dependency in file.dependencies:
            add(dependency)
        proto = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(proto)
        files[file.name] = proto

    for module, name, group in SERVICES:
        file = importlib.import_module(module).DESCRIPTOR
        add(file)
        for method in file.services_by_name[name].methods:
            methods.append((file.package, name, group, method.name, method.input_type, method.output_type))
            roots += [method.input_type.full_name, method.output_type.full_name]
    for module, names in EXTRA:
        file = importlib.import_module(module).DESCRIPTOR
        add(file)
        messages = file.message_types_by_name
        roots += [messages[name].full_name for name in (names or sorted(messages))]
    return files, roots, methods


def reachable(files, roots):
    """The full names of all top-level messages and enums that the roots reach through their fields."""
    top, references = {}, {}

    def collect(message, full_name, owner, found):
        for nested in message.nested_type:
            collect(nested, f"{full_name}.{nested.name}", owner, found)
        top[full_name] = owner
        for enum in message.enum_type:
            top[f"{full_name}.{enum.name}"] = owner
        found += [field.type_name.lstrip(".") for field in message.field if field.type_name]

    for file in files.values():
        for message in file.message_type:
            name, found = f"{file.package}.{message.name}", []
            collect(message, name, name, found)
            references[name] = found
        for enum in file.enum_type:
            name = f"{file.package}.{enum.name}"
            top[name], references[name] = name, []
    seen, queue = set(), collections.deque(top[root] for root in roots)
    while queue:
        name = queue.popleft()
        if name not in seen:
            seen.add(name)
            queue.extend(top[reference] for reference in references[name])
    return seen


def name_json(message):
    """Fills in the JSON names, which protoc always sets and the Python descriptors leave out."""
    for field in message.field:
        head, *rest = field.name.split("_")
        field.json_name = head + "".join(part[:1].upper() + part[1:] for part in rest)
    for nested in message.nested_type:
        name_json(nested)


def strip(message):
    """Removes options that need foreign descriptors; what the wire format needs is kept."""
    for field in message.field:
        packed = field.options.packed if field.options.HasField("packed") else None
        field.ClearField("options")
        if packed is not None:
            field.options.packed = packed
    is_map = message.options.map_entry
    message.ClearField("options")
    if is_map:
        message.options.map_entry = True
    for nested in message.nested_type:
        strip(nested)
    for enum in message.enum_type:
        strip_enum(enum)


def strip_enum(enum):
    alias = enum.options.allow_alias
    enum.ClearField("options")
    if alias:
        enum.options.allow_alias = True
    for value in enum.value:
        value.ClearField("options")


def prune(files, keep):
    """The files with only what is kept in them, and imports that still have something in them."""
    pruned = {}
    for name, file in files.items():
        if file.package == "google.protobuf":
            pruned[name] = file
            continue
        messages = [m for m in file.message_type if f"{file.package}.{m.name}" in keep]
        enums = [e for e in file.enum_type if f"{file.package}.{e.name}" in keep]
        if not messages and not enums:
            continue
        small = descriptor_pb2.FileDescriptorProto(name=name, package=file.package, syntax=file.syntax)
        small.message_type.extend(messages)
        small.enum_type.extend(enums)
        small.dependency.extend(file.dependency)
        small.options.swift_prefix = prefix(file.package)
        for message in small.message_type:
            strip(message)
        for enum in small.enum_type:
            strip_enum(enum)
        pruned[name] = small
    for file in pruned.values():
        for message in file.message_type:
            name_json(message)
        kept = [dependency for dependency in file.dependency if dependency in pruned]
        del file.dependency[:]
        file.dependency.extend(kept)
        del file.public_dependency[:]
        del file.weak_dependency[:]
    return pruned


def check_names(files):
    """Two packages must not generate one Swift name."""
    owners = {}
    for file in files.values():
        if file.package == "google.protobuf":
            continue
        for item in [*file.message_type, *file.enum_type]:
            swift = prefix(file.package) + item.name
            owners.setdefault(swift, []).append(f"{file.package}.{item.name}")
    clashes = [f"{swift} is {' and '.join(names)}" for swift, names in owners.items() if len(names) > 1]
    if clashes:
        sys.exit("\n".join(clashes + ["Add one package of each to QUALIFIED."]))


def swift_type(descriptor):
    if descriptor.file.package == "google.protobuf":
        return EMPTY[descriptor.full_name]
    return prefix(descriptor.file.package) + descriptor.name


def service_methods(methods):
    """The list of RPCs as Swift: one `ServiceMethod` value for each."""
    lines = [
        "// Made by Sources/TemporalAPI/generate/generate.sh. Do not edit.",
        "",
        "package import SwiftProtobuf",
        "",
        "/// What RPCs without a request or response of their own take or return.",
        "package typealias EmptyMessage = Google_Protobuf_Empty",
        "",
    ]
    members = []
    for package, service, group, name, request, response in methods:
        member = name[0].lower() + name[1:]
        if group:
            member = group + name
        members.append(member)
        lines += [
            f"extension ServiceMethod where Request == {swift_type(request)}, Response == {swift_type(response)} {{",
            f"    /// `{package}.{service}/{name}`.",
            f"    package static var {member}: Self {{",
            f'        Self(service: "{package}.{service}", name: "{name}")',
            "    }",
            "}",
            "",
        ]
    lines += [
        "/// Every RPC that this package knows, in the order of the service definitions.",
        "package enum ServiceMethods {",
        "    /// The RPCs with their request and response types erased.",
        "    package static let all: [any AnyServiceMethod] = [",
    ]
    for (package, service, group, name, request, response), member in zip(methods, members):
        lines.append(f"        ServiceMethod<{swift_type(request)}, {swift_type(response)}>.{member},")
    lines += ["    ]", "}", ""]
    return "\n".join(lines)


def holders(files):
    """The messages that can hold payloads of users, by full name: the message and the fields that lead to payloads."""
    messages = {}

    def collect(message, full_name):
        messages[full_name] = message
        for nested in message.nested_type:
            collect(nested, f"{full_name}.{nested.name}")

    for file in files.values():
        if file.package not in NO_USER_PAYLOAD_PACKAGES:
            for message in file.message_type:
                collect(message, f"{file.package}.{message.name}")
    for name in NO_USER_PAYLOADS:
        messages = {other: message for other, message in messages.items() if not other.startswith(name)}
    found, fields = set(HOLDERS_BY_HAND), {}
    while True:
        fields = {
            name: [
                field
                for field in message.field
                if field.type_name.lstrip(".") in found and field.name not in NO_USER_PAYLOAD_FIELDS
            ]
            for name, message in messages.items()
        }
        more = {name for name, of_message in fields.items() if of_message} - found
        if not more:
            return {name: (messages[name], fields[name]) for name in sorted(found)}, messages
        found |= more


def swift_message(files, full_name):
    """The Swift type of a message, with the types that it is nested in."""
    package = max((f.package for f in files.values() if full_name.startswith(f.package + ".")), key=len)
    return prefix(package) + full_name[len(package) + 1 :]


def swift_field(field):
    head, *rest = field.name.split("_")
    name = head + "".join(CAPITALS.get(part, part[:1].upper() + part[1:]) for part in rest)
    return RENAMED.get(name, name)


def payload_holders(files):
    """The code that reaches all payloads of a message, as Swift: to read them, and to write others in their places."""
    found, messages = holders(files)
    lines = ["// Made by Sources/TemporalAPI/generate/generate.sh. Do not edit.", ""]
    for name, (message, fields) in found.items():
        if name in HOLDERS_BY_HAND or message.options.map_entry:
            continue
        read, write, oneofs = [], [], {}
        for field in fields:
            member, target = swift_field(field), messages[field.type_name.lstrip(".")]
            if field.HasField("oneof_index"):
                oneofs.setdefault(message.oneof_decl[field.oneof_index].name, []).append(member)
            elif target.options.map_entry:
                own = " where !isOwnMarkerDetail(markerName, key)" if field.name == "details" else ""
                loop = f"for key in {member}.keys.sorted(){own} {{ {member}[key]?."
                read.append(loop + "readPayloads(&reader) }")
                write.append(loop + "writePayloads(&writer) }")
            elif field.label == field.LABEL_REPEATED:
                read.append(f"for item in {member} {{ item.readPayloads(&reader) }}")
                write.append(f"for index in {member}.indices {{ {member}[index].writePayloads(&writer) }}")
            else:
                has = f"if has{member[:1].upper() + member[1:]} {{ {member}."
                read.append(has + "readPayloads(&reader) }")
                write.append(has + "writePayloads(&writer) }")
        for oneof, members in oneofs.items():
            member = swift_field(descriptor_pb2.FieldDescriptorProto(name=oneof))
            read.append(f"switch {member} {{")
            read += [f"case .{case}(let held): held.readPayloads(&reader)" for case in members]
            read += ["default: break", "}"]
            write.append(f"switch {member} {{")
            for case in members:
                write.append(f"case .{case}(var held):")
                # The old value goes first, so that the new one is changed in place and not copied.
                write.append(f"    {member} = nil")
                write.append("    held.writePayloads(&writer)")
                write.append(f"    {member} = .{case}(held)")
            write += ["default: break", "}"]
        lines.append(f"extension {swift_message(files, name)}: PayloadHolder {{")
        lines.append("    package func readPayloads(_ reader: inout PayloadReader) {")
        lines += ["        " + line for line in read]
        lines += ["    }", "", "    package mutating func writePayloads(_ writer: inout PayloadWriter) {"]
        lines += ["        " + line for line in write]
        lines += ["    }", "}", ""]
    return "\n".join(lines[:-1]) + "\n"


def main():
    out = pathlib.Path(sys.argv[1])
    files, roots, methods = load()
    files = prune(files, reachable(files, roots))
    check_names(files)
    request = plugin_pb2.CodeGeneratorRequest(
        parameter="Visibility=Package,UseAccessLevelOnImports=true,FileNaming=PathToUnderscores"
    )
    request.compiler_version.major, request.compiler_version.minor = 33, 0  # what the JSON names above follow
    request.proto_file.extend(files.values())
    request.file_to_generate.extend(n for n, f in files.items() if f.package != "google.protobuf")
    (out / "request.bin").write_bytes(request.SerializeToString(deterministic=True))
    (out / "ServiceMethods.swift").write_text(service_methods(methods))
    (out / "PayloadHolders.swift").write_text(payload_holders(files))


def without_exclusivity_checks(text):
    """Takes the checks at run time from the fields of storage classes, where they cannot find anything.

    Only the message that has the storage reaches its fields, one after the other, and a message is a value: the compiler
    checks that nobody reads it while somebody changes it. Copying a message with twenty fields makes twenty such checks.
    """

    def unchecked(storage):
        return re.sub(r"^    var _", "    @exclusivity(unchecked) var _", storage.group(), flags=re.MULTILINE)

    return re.sub(r"^  fileprivate class _StorageClass \{\n(?:    var _.*\n)+", unchecked, text, flags=re.MULTILINE)


def write_response():
    """Writes the files of the CodeGeneratorResponse on standard input into the folder `sys.argv[2]`."""
    out = pathlib.Path(sys.argv[2])
    response = plugin_pb2.CodeGeneratorResponse.FromString(sys.stdin.buffer.read())
    if response.error:
        sys.exit(response.error)
    for file in response.file:
        name = file.name.removeprefix("temporal_api_").replace("_v1_", "_")
        body = file.content.splitlines()
        while body and (body[0].startswith("//") or not body[0].strip()):
            body.pop(0)
        text = "// Made by Sources/TemporalAPI/generate/generate.sh. Do not edit.\n// swift-format-ignore-file\n\n"
        (out / name).write_text(text + without_exclusivity_checks("\n".join(body)) + "\n")


if __name__ == "__main__":
    write_response() if sys.argv[1] == "--response" else main()
