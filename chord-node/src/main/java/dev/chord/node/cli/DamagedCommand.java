package dev.chord.node.cli;

import dev.chord.proto.v1.DamagedRecord;
import dev.chord.proto.v1.ListDamagedRequest;
import dev.chord.proto.v1.RemoveDamagedRequest;
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
        List<DamagedRecord> records = AdminCalls.call(
                        globals, globals.limit(), stub -> stub.listDamaged(ListDamagedRequest.getDefaultInstance()))
                .getRecordsList();
        List<List<String>> table = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (DamagedRecord record : records) {
            table.add(List.of(record.getLabel(), record.getKey(), record.getReason()));
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("label", record.getLabel());
            row.put("key", record.getKey());
            row.put("kind", record.getKind());
            row.put("bytes", record.getBytes());
            row.put("reason", record.getReason());
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
        return AdminCalls.call(
                        globals,
                        globals.limit(),
                        stub -> stub.removeDamaged(
                                RemoveDamagedRequest.newBuilder().setWhat(what).build()))
                .getRemoved();
    }
}
