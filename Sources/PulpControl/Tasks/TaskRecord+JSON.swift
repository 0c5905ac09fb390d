import PulpCore

extension TaskRecord {
    /// The task as the REST API shows it.
    var object: JSON.Object {
        [
            "prn": .string(id.prn), "pulp_created": created.json, "pulp_last_updated": updated.json, "state": .string(state.rawValue),
            "name": .string(name), "logging_cid": .string(correlationID), "unblocked_at": unblocked.json, "started_at": started.json,
            "finished_at": finished.json, "error": error ?? .null, "result": result ?? .null,
            "worker": (worker?.prn).json, "parent_task": (parent?.prn).json, "child_tasks": .array(children.map { .string($0.prn) }),
            "task_group": (group?.prn).json, "progress_reports": .array(progress.map { .object($0.object) }),
            "created_resource_prns": .array(createdResources.map { .string($0) }),
            "reserved_resources_record": .array(reservedResources.map { .string($0) }),
        ]
    }

    /// The task on a line of a table.
    var row: JSON.Object {
        var row: JSON.Object = [
            "uuid": .string(id.uuid), "name": .string(name), "state": .string(state.rawValue), "pulp_created": created.json,
        ]
        if let started {
            row["took"] = .string(Self.seconds((finished ?? .now) - started))
        }
        if let message = error?["description"] ?? error?["reason"] {
            row["message"] = message
        } else if state == .running, let report = progress.last(where: { $0.code != ProgressReport.downloadedBytes }) {
            row["message"] = .string("\(report.message) \(report.done)\(report.total.map { "/\($0)" } ?? "")")
        }
        return row
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        return milliseconds < 1000 ? "\(Int(milliseconds)) ms" : "\(Int(milliseconds / 1000)) s"
    }
}

extension WaitingReason {
    var object: JSON.Object {
        [
            "resource": .string(resource), "exclusive": .bool(exclusive), "ahead": .integer(ahead),
            "holders": .array(holders.map { .string($0.prn) }),
        ]
    }
}
