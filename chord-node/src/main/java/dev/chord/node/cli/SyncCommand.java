package dev.chord.node.cli;

import dev.chord.client.NameWatch;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.sync.FolderSync;
import dev.chord.client.sync.FolderWatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
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
    private static final long GATHER_MILLIS = 100;
    private static final long LOOK_AGAIN = 1; // s
    private static final long LOOK_ANYWAY = 60; // s; some file systems do not tell

    @Parameters(index = "0", paramLabel = "DIR", description = "the folder; made if it is not there")
    Path folder;

    @Parameters(index = "1", paramLabel = "NAME/", description = "what the names on the ring begin with")
    String prefix = "";

    @Option(names = "--once", description = "compare once and end")
    boolean once;

    @Override
    int run(Ring ring, Output out) {
        FolderSync sync = new FolderSync(ring, folder, prefix);
        if (once) {
            return round(sync, out) ? 0 : ErrorCode.PARTIAL.exitCode();
        }
        Semaphore changed = new Semaphore(1);
        try (FolderWatch local = new FolderWatch(folder, changed::release);
                NameWatch there = ring.names().watch(prefix, event -> changed.release())) {
            boolean whole = true;
            while (true) {
                changed.tryAcquire(whole ? LOOK_ANYWAY : LOOK_AGAIN, TimeUnit.SECONDS);
                TimeUnit.MILLISECONDS.sleep(GATHER_MILLIS); // changes come in groups
                changed.drainPermits();
                whole = tryRound(sync, out);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        } catch (IOException e) {
            throw new ChordException(ErrorCode.INTERNAL, folder + " cannot be watched: " + e, "check the folder", e);
        }
    }

    // The ring may be away for a while: that is no reason to end.
    private static boolean tryRound(FolderSync sync, Output out) {
        try {
            return round(sync, out);
        } catch (ChordException e) {
            if (!e.code().retryable()) {
                throw e;
            }
            out.note(e.getMessage() + "; trying again");
            return false;
        }
    }

    private static boolean round(FolderSync sync, Output out) {
        FolderSync.Round round = sync.round();
        round.done().forEach(done -> show(done, out));
        if (!round.complete()) {
            out.note("part of the ring did not answer: nothing was taken for removed there");
        }
        return round.complete();
    }

    private static void show(FolderSync.Done done, Output out) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("did", done.kind().name());
        value.put("name", done.name());
        String did = done.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        out.line(value, String.format(Locale.ROOT, "%-13s %s", did, FileName.printable(done.name())));
    }
}
