public import ArgumentParser
public import Foundation
import SampleSupport
import Temporal
import TemporalClient

struct ResetBatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-batch",
        abstract: "Takes many runs back to an earlier point of their histories.",
        discussion: """
            FirstWorkflowTask, LastWorkflowTask and BuildId are batch operations of the service: signals that came after \
            the point are given to the new runs again, and with them an accident that was a signal. BeforeTime and \
            BeforeSignal find the point in each run's own history, and leave the accident out.

            The exit code is 1 if a run could not be reset.
            """
    )

    @OptionGroup var common: CommonArguments

    @Option(help: "Which runs, such as \"WorkflowType='LoyaltyProgram'\".")
    var query: String

    @Option(help: "Why, for the histories. A run is not reset twice for one reason by BeforeTime and BeforeSignal.")
    var reason: String

    @Option(help: "Where each run is taken up.")
    var type: BatchReset.Kind

    @Option(help: "For BeforeTime: the time, such as 2026-01-31T12:00:00Z.")
    var before: Date?

    @Option(help: "For BeforeSignal: the name of the signal; the last one of the name is undone.")
    var signal: String?

    @Option(help: "For BuildId: the build id.")
    var buildID: String?

    @Option(help: "What is not reapplied, such as Signal,Update (default: Signal for BeforeTime and BeforeSignal).")
    var reapplyExclude: String?

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false

    func validate() throws {
        switch type {
        case .beforeTime where before == nil: throw ValidationError("BeforeTime needs --before TIME.")
        case .beforeSignal where signal == nil: throw ValidationError("BeforeSignal needs --signal NAME.")
        case .buildID where buildID == nil: throw ValidationError("BuildId needs --build-id ID.")
        default: break
        }
        _ = try exclusions()
    }

    private func exclusions() throws -> [ResetReapplyExclusion]? {
        guard let reapplyExclude else { return nil }
        return try reapplyExclude.split(separator: ",").flatMap { name -> [ResetReapplyExclusion] in
            switch name {
            case "Signal": [.signals]
            case "Update": [.updates]
            case "All": .all
            default:
                throw ValidationError("--reapply-exclude has '\(name)', and takes Signal, Update and All.")
            }
        }
    }

    func run() async throws {
        let (loyalty, _) = try await common.connect()
        let client = loyalty.client
        let reset = BatchReset(
            query: query,
            reason: reason,
            kind: type,
            time: before,
            signal: signal,
            buildID: buildID,
            exclusions: try exclusions()
        )
        do {
            if dryRun {
                let summary = try await reset.dryRun(client) { print($0) }
                note("\(summary.reset) runs would be reset, \(summary.skipped.count) left as they are.")
                if !summary.failed.isEmpty { throw ExitCode.failure }
                return
            }
            try await confirm(client)
            var bar = ProgressBar("Resets")
            let summary = try await reset.run(client) { bar.show($0, of: $1) }
            note(
                "\(summary.reset) runs reset, \(summary.skipped.count) left as they are, \(summary.failed.count) failed."
            )
            for line in summary.skipped { note("left as it is: \(line)") }
            for line in summary.failed { note("failed: \(line)") }
            if !summary.failed.isEmpty { throw ExitCode.failure }
        } catch let error as RPCError where error.code == .invalidArgument {
            throw ValidationError("The service refuses: \(error.message)")
        }
    }

    private func confirm(_ client: TemporalClient) async throws {
        let count = try await client.countWorkflows(query).total
        FileHandle.standardError.write(Data("Reset approximately \(count) runs? y/N ".utf8))
        guard !yes else { return note("yes") }
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            note("Nothing was done.")
            throw ExitCode.failure
        }
    }

    private func note(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}

extension BatchReset.Kind: ExpressibleByArgument {}

extension Date: @retroactive ExpressibleByArgument {
    /// Reads a time such as 2026-01-31T12:00:00Z, with or without fractions of a second.
    public init?(argument: String) {
        let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
        guard let date = styles.lazy.compactMap({ try? $0.parse(argument) }).first else { return nil }
        self = date
    }
}
