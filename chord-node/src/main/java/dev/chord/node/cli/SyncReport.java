package dev.chord.node.cli;

import dev.chord.client.content.FileName;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.sync.FolderSync;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Tells what the rounds of {@code chord sync} came to; what stays as it was is told once. */
final class SyncReport {
    private final Output out;
    private Map<String, String> leftOut = Map.of();
    private int held;
    private boolean complete = true;

    SyncReport(Output out) {
        this.out = out;
    }

    FolderSync.Round tell(FolderSync.Round round) {
        round.done().forEach(done -> line(done.kind().name(), done.name(), Map.of(), ""));
        round.leftOut().forEach((name, why) -> {
            if (!why.equals(leftOut.get(name))) {
                line("LEFT_OUT", name, Map.of("reason", why), ": " + FileName.printable(why));
            }
        });
        leftOut = round.leftOut();
        if (round.held() > 0 && round.held() != held) {
            out.note(round.held() + " files would be removed at once: none of them was; if that is meant,"
                    + " run it with --yes");
        }
        held = round.held();
        if (!round.complete() && complete) {
            out.note("part of the ring did not answer: nothing was taken for removed there");
        }
        complete = round.complete();
        return round;
    }

    private void line(String did, String name, Map<String, String> more, String words) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("did", did);
        value.put("name", name);
        value.putAll(more);
        String verb = did.toLowerCase(Locale.ROOT).replace('_', ' ');
        out.line(value, String.format(Locale.ROOT, "%-13s %s%s", verb, FileName.printable(name), words));
    }

    /** What a single round ends with. */
    int exitCode(FolderSync.Round round) {
        boolean raced = round.done().stream().anyMatch(done -> done.kind() == FolderSync.Kind.SKIPPED);
        if (round.held() > 0) {
            return ErrorCode.WOULD_LOSE_DATA.exitCode();
        }
        return round.complete() && !round.faulty() && !raced ? 0 : ErrorCode.PARTIAL.exitCode();
    }
}
