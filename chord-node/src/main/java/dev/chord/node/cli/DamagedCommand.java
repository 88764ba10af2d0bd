package dev.chord.node.cli;

import dev.chord.client.wire.AdminCalls;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chord node damaged}: what is on a node's disk and shown to nobody. */
@Command(
        name = "damaged",
        description = {
            "What is on the node's disk and shown to nobody: records that no client could have written, and why they are none.",
            "'chord rm NAME' asked of this node removes one of them for good, --rm all of them."
        },
        mixinStandardHelpOptions = true)
final class DamagedCommand implements Runnable {
    @ParentCommand
    NodeCommand node;

    @Option(names = "--rm", description = "remove all of them from this node's disk")
    boolean remove;

    @Override
    public void run() {
        Globals globals = node.root.globals;
        List<AdminCalls.Damaged> records = globals.admin(calls -> calls.damaged(globals.limit()));
        List<List<String>> table = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (AdminCalls.Damaged record : records) {
            table.add(List.of(record.label(), record.key(), record.reason()));
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("label", record.label());
            row.put("key", record.key());
            row.put("kind", record.kind());
            row.put("bytes", record.bytes());
            row.put("reason", record.reason());
            rows.add(row);
        }
        int removed = remove ? removed(globals, "") : 0;
        List<String> lines = new ArrayList<>(Output.table(table));
        lines.add(remove ? removed + " removed" : records.size() + " damaged records");
        globals.output().results("damaged", rows, Map.of("removed", removed), lines);
    }

    /**
     * Removes from a node's disk what is put aside there under a label or key; empty: all. Returns how many.
     */
    static int removed(Globals globals, String what) {
        return globals.admin(calls -> calls.removeDamaged(what, globals.limit()));
    }
}
