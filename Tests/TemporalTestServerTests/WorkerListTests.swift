import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// What the service knows of workers.
@Suite(.timeLimit(.minutes(1))) struct WorkerListTests {
    private func script() async throws -> Script {
        let script = Script()
        try await script.beat(
            .with {
                $0.workerInstanceKey = "b"
                $0.workerIdentity = "me"
                $0.taskQueue = "q"
                $0.status = .running
                $0.sdkName = "temporal-swift"
                $0.hostInfo.hostName = "here"
                $0.hostInfo.processID = "42"
                $0.startTime = .init(date: Date(timeIntervalSince1970: 1_700_000_000))
            },
            .with {
                $0.workerInstanceKey = "a"
                $0.taskQueue = "other"
                $0.status = .shuttingDown
                $0.deploymentVersion.deploymentName = "d"
                $0.deploymentVersion.buildID = "1"
            },
            .with {
                $0.workerInstanceKey = "c"
                $0.taskQueue = "temporal-sys-per-ns-tq"
            }
        )
        return script
    }

    @Test(arguments: [
        ("", ["a", "b"]), ("TaskQueue = 'q'", ["b"]), ("TaskQueue != 'q'", ["a"]),
        ("WorkerStatus = 'Running'", ["b"]), ("Status = 'ShuttingDown'", ["a"]),
        ("SdkName STARTS_WITH 'temporal' AND HostName = 'here'", ["b"]), ("BuildId IS NULL", ["b"]),
        ("DeploymentName = 'd' AND BuildId = '1'", ["a"]), ("StartTime IS NOT NULL", ["b"]),
        ("StartTime > '2023-01-01T00:00:00Z'", ["b"]),
        ("WorkerIdentity = 'me' OR WorkerInstanceKey = 'a'", ["a", "b"]),
        ("HeartbeatTime BETWEEN '2000-01-01T00:00:00Z' AND '2030-01-01T00:00:00Z'", []),
        ("StartTime NOT BETWEEN '2000-01-01T00:00:00Z' AND '2001-01-01T00:00:00Z'", ["b"]),
        ("Nonsense = 'x'", []), ("TaskQueue > 'a'", []), ("(TaskQueue = 'q')", ["b"]),
    ])
    func `a filter selects workers`(_ filter: String, _ expected: [String]) async throws {
        let script = try await script()
        let page = try await script.call(.listWorkers) {
            $0.namespace = "default"
            $0.query = filter
        }
        #expect(page.workers.map(\.workerInstanceKey) == expected)
        #expect(page.workersInfo.map(\.workerHeartbeat.workerInstanceKey) == expected)
        let count = try await script.call(.countWorkers) {
            $0.namespace = "default"
            $0.query = filter
        }
        #expect(count.count == Int64(expected.count))
    }

    @Test func `a filter that is none is refused`() async throws {
        let script = try await script()
        for filter in ["TaskQueue = ", "TaskQueue = 'q' LIMIT 1"] {
            let error = await refusal {
                _ = try await script.call(.listWorkers) {
                    $0.namespace = "default"
                    $0.query = filter
                }
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test func `a list comes page by page, and workers of the system only if asked for`() async throws {
        let script = try await script()
        var (keys, token): ([String], Data?) = ([], nil)
        while token?.isEmpty != true {
            let page = try await script.call(.listWorkers) {
                $0.namespace = "default"
                $0.pageSize = 1
                $0.nextPageToken = token ?? Data()
                $0.includeSystemWorkers = true
            }
            #expect(page.workers.count == 1)
            keys += page.workers.map(\.workerInstanceKey)
            token = page.nextPageToken
        }
        #expect(keys == ["a", "b", "c"])
        let error = await refusal {
            _ = try await script.call(.listWorkers) {
                $0.namespace = "default"
                $0.nextPageToken = Data("x".utf8)
            }
        }
        #expect(error?.message == "invalid next_page_token")
    }

    @Test func `a worker is described by what it told last, until it has stopped`() async throws {
        let script = try await script()
        func describe(_ key: String) async throws -> APIWorkerHeartbeat {
            try await script.call(.describeWorker) {
                $0.namespace = "default"
                $0.workerInstanceKey = key
            }
            .workerInfo.workerHeartbeat
        }
        #expect(try await describe("b").hostInfo.processID == "42")
        _ = try await script.call(.shutdownWorker) {
            $0.namespace = "default"
            $0.workerHeartbeat.workerInstanceKey = "b"
            $0.workerHeartbeat.status = .shuttingDown
        }
        #expect(try await describe("b").status == .shuttingDown)
        try await script.beat(
            .with {
                $0.workerInstanceKey = "b"
                $0.status = .shutdown
            }
        )
        let error = await refusal { _ = try await describe("b") }
        #expect(error?.code == .notFound && error?.message == "Worker b not found")
    }

    @Test func `a task queue is one partition`() async throws {
        let script = Script()
        let partitions = try await script.call(.listTaskQueuePartitions) {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
        }
        #expect(partitions.activityTaskQueuePartitions.map(\.key) == ["q"])
        #expect(partitions.workflowTaskQueuePartitions.map(\.key) == ["q"])
    }
}

extension Script {
    fileprivate func beat(_ heartbeats: APIWorkerHeartbeat...) async throws {
        _ = try await call(.recordWorkerHeartbeat) {
            $0.namespace = "default"
            $0.workerHeartbeat = heartbeats
        }
    }
}
