package dev.chord.node.cli;

import dev.chord.client.NameWatch;
import dev.chord.client.Ring;
import dev.chord.client.error.ChordException;
import dev.chord.client.sync.FolderSync;
import dev.chord.client.sync.FolderWatch;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
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
            "What changed on both sides is kept twice: the ring's version beside the file, with .conflict- in its"
                    + " name.",
            "What is removed or replaced here stays in DIR/.chord-trash for 30 days."
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

    @Option(names = "--yes", description = "go on even where many files are removed at once")
    boolean yes;

    @Option(names = "--adopt", description = "let the folder join this ring, though it belongs to another")
    boolean adopt;

    @Override
    int run(Ring ring, Output out) {
        FolderSync sync = new FolderSync(ring, folder, prefix, consents());
        SyncReport report = new SyncReport(out);
        try (GiveBack hook = GiveBack.of(ring);
                FolderSync.Hold hold = sync.hold()) {
            if (once) {
                return report.exitCode(report.tell(sync.round()));
            }
            follow(ring, sync, report, out);
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    private Set<FolderSync.Consent> consents() {
        Set<FolderSync.Consent> consents = EnumSet.noneOf(FolderSync.Consent.class);
        if (yes) {
            consents.add(FolderSync.Consent.REMOVE_MANY);
        }
        if (adopt) {
            consents.add(FolderSync.Consent.ADOPT);
        }
        return consents;
    }

    private void follow(Ring ring, FolderSync sync, SyncReport report, Output out) throws InterruptedException {
        Semaphore changed = new Semaphore(1);
        try (FolderWatch local = new FolderWatch(folder, changed::release);
                NameWatch there = ring.names().watch(prefix, event -> changed.release())) {
            long pause = LOOK_ANYWAY;
            boolean told = false;
            while (true) {
                if (!told && local.trouble().isPresent()) {
                    told = true;
                    out.note(local.trouble().get() + ": looking every " + LOOK_ANYWAY + " s instead");
                }
                changed.tryAcquire(pause, TimeUnit.SECONDS);
                TimeUnit.MILLISECONDS.sleep(GATHER_MILLIS); // changes come in groups
                changed.drainPermits();
                boolean whole = tryRound(sync, report, out);
                pause = whole ? LOOK_ANYWAY : Math.min(LOOK_ANYWAY, pause == LOOK_ANYWAY ? LOOK_AGAIN : 2 * pause);
            }
        }
    }

    // The ring may be away for a while: that is no reason to end.
    private static boolean tryRound(FolderSync sync, SyncReport report, Output out) {
        try {
            FolderSync.Round round = report.tell(sync.round());
            return round.complete() && !round.again();
        } catch (ChordException e) {
            if (!e.code().retryable()) {
                throw e;
            }
            if (!GiveBack.begun()) {
                out.note(e.getMessage() + "; trying again");
            }
            return false;
        }
    }
}
