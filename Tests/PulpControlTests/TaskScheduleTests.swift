import PulpCore
import PulpTesting
import Testing

@testable import PulpControl

@Suite("Schedules with the program pulpctl")
struct TaskScheduleTests {
    @Test("A schedule is made, shown and deleted by its name")
    func life() async throws {
        try await Program.with { pulpctl in
            let create = [
                "task-schedule", "create", "--name", "tidy", "--task", "pulpcore.app.tasks.orphan.orphan_cleanup", "--arguments",
                #"{"dryRun": true}"#,
            ]
            let made = try await pulpctl.run(
                create + ["--cron", "0 3 * * MON", "--time-zone", "Europe/Berlin", "--maximum-run-time", "1d2h", "--json"])
            #expect(made.status == 0, "\(made.errors)")
            let shown = try await pulpctl.run("task-schedule", "show", "--name", "tidy", "--json").json
            #expect(try made.json == shown)
            #expect(shown["cron"] == "0 3 * * MON" && shown["time_zone"] == "Europe/Berlin" && shown["overlap"] == "skip")
            #expect(shown["maximum_run_time"] == "1 02:00:00" && shown["last_task"] == .null)
            let again = try await pulpctl.run(create + ["--interval", "6h"])
            #expect(again.status == 1 && again.errors.contains(#"there is a schedule "tidy" already"#))
            let other = ["--interval", "90m", "--at", "2999-01-01T03:00:00", "--overlap", "queue"]
            #expect(try await pulpctl.run(create.map { $0 == "tidy" ? "other" : $0 } + other).status == 0)
            let list = try await pulpctl.run("task-schedule", "list", "--field", "name", "--field", "dispatch_interval")
            #expect(list.lines.map { $0.split(separator: " ").last } == ["dispatch_interval", "01:30:00", "tidy"])
            let destroy = ["task-schedule", "destroy", "--name", "tidy"]
            #expect(try await pulpctl.run(destroy + ["--dry-run"]).output == "would delete the schedule tidy\n")
            #expect(try await pulpctl.run(destroy).output == "deleted the schedule tidy\n")
            #expect(try await pulpctl.run("task-schedule", "show", "--name", "tidy").status == 1)
        }
    }

    @Test(
        "What makes no sense is said in one line",
        arguments: [
            (["--cron", "61 * * * *"], #"the minute "61" is not between 0 and 59"#),
            (["--cron", "0 0 31 2 *"], "there is no day 31 in the month 2"),
            (["--cron", "@daily", "--time-zone", "Europe/Atlantis"], #"there is no time zone "Europe/Atlantis""#),
            (["--cron", "@daily", "--interval", "1h"], "say --cron or --interval, not both"),
            (["--interval", "1h", "--time-zone", "UTC"], "--time-zone is for --cron"),
            (["--interval", "soon"], #"--interval: "soon" is no duration"#), ([], "say when: --cron, --interval or --at"),
            (["--at", "tomorrow"], #"--at: "tomorrow" is no date"#),
            (["--interval", "1h", "--overlap", "fight"], #"--overlap: "fight" is neither skip nor queue"#),
            (["--interval", "1h", "--arguments", "[]"], "--arguments expects a JSON object"),
            (["--interval", "1h", "--arguments", "{}"], "the arguments of pulpcore.app.tasks.orphan.orphan_cleanup: dryRun is missing"),
            (["--interval", "1h", "--task", "x"], #"--task: there is no task "x", but "#),
        ])
    func refusals(options: [String], words: String) async throws {
        try await Program.with { pulpctl in
            var create = ["task-schedule", "create", "--name", "tidy"]
            if !options.contains("--task") { create += ["--task", "pulpcore.app.tasks.orphan.orphan_cleanup"] }
            let run = try await pulpctl.run(create + options)
            #expect(run.status == 1 && run.errors.contains(words) && run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)")
        }
    }

    @Test("Durations are read with their units", arguments: [("90", 90), ("90s", 90), ("1d12h", 129_600), ("1h30m5", 5405)])
    func durations(text: String, seconds: Int) throws {
        #expect(try Duration(option: "--interval", text) == .seconds(seconds))
    }

    @Test("What is no duration is refused", arguments: ["", "0", "h", "1x", "-1h", "1.5h", "9999999999s", "٣h", "1 h"])
    func noDurations(text: String) {
        #expect(throws: PulpError.self) { _ = try Duration(option: "--interval", text) }
    }

    @Test("Groups of tasks are listed, shown and canceled")
    func groups() async throws {
        try await Program.with { pulpctl in
            let group = try await pulpctl.withPulp { pulp in
                let group = try await pulp.tasks.makeGroup("nightly")
                _ = try await pulp.dispatch(OrphanCleanup(), group: group)
                return group
            }
            let list = try await pulpctl.run("task-group", "list", "--json").json
            let shown = try await pulpctl.run("task-group", "show", "--uuid", group.uuid, "--json").json
            #expect(list == [shown] && shown["description"] == "nightly" && shown["waiting"] == 1)
            #expect(try await pulpctl.run("task-group", "cancel", "--href", "/pulp/api/v3/task-groups/\(group.uuid)/").status == 0)
            let ended = try await pulpctl.run("task-group", "show", "--wait", "--uuid", group.prn, "--json").json
            #expect(ended["canceled"] == 1 && ended["waiting"] == 0)
            #expect(try await pulpctl.run("task-group", "cancel", "--uuid", "nothing").status == 1)
        }
    }
}
