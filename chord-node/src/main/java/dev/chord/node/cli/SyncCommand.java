package dev.chord.node.cli;

import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.sync.FolderSync;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code chord sync}: a folder and a part of the ring, in step. */
@Command(
        name = "sync",
        description = {
            "Keep a folder and the names below NAME/ in step, both ways, until Ctrl-C.",
            "What changed on both sides is kept twice: the ring's version beside the file, with .conflict- in its name."
        },
        mixinStandardHelpOptions = true)
final class SyncCommand extends RingVerb {
    @Parameters(index = "0", paramLabel = "DIR", description = "the folder; made if it is not there")
    Path folder;

    @Parameters(index = "1", paramLabel = "NAME/", description = "what the names on the ring begin with")
    String prefix = "";

    @Option(names = "--once", description = "compare once and end")
    boolean once;

    @Override
    int run(Ring ring, Output out) {
        FolderSync sync = new FolderSync(ring, folder, prefix);
        while (true) {
            FolderSync.Round round = sync.round();
            round.done().forEach(done -> show(done, out));
            if (!round.complete()) {
                out.note("part of the ring did not answer: nothing was taken for removed there");
            }
            if (once) {
                return round.complete() ? 0 : ErrorCode.PARTIAL.exitCode();
            }
            try {
                TimeUnit.SECONDS.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return 0;
            }
        }
    }

    private static void show(FolderSync.Done done, Output out) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("did", done.kind().name());
        value.put("name", done.name());
        String did = done.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        out.line(value, String.format(Locale.ROOT, "%-13s %s", did, FileName.printable(done.name())));
    }
}
