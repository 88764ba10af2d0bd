package dev.chord.client.sync;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * Thousands of lives of two folders and a ring, with edits at any moment, crashes between any two steps,
 * cuts, lost answers and lost disks. One of them again: {@code -Dchord.sync.seed=SEED}.
 */
class FolderSyncPropertyTest {
    private static final long LIVES = 6000;

    @Test
    void whatAUserWroteLastIsInTheFileInAConflictCopyOrInTheTrash() {
        String only = System.getProperty("chord.sync.seed", "");
        long first = only.isEmpty() ? 1 : Long.parseLong(only);
        long last = only.isEmpty() ? LIVES : first;
        for (long seed = first; seed <= last; seed++) {
            FolderWorld world = new FolderWorld(seed);
            try {
                world.live();
            } catch (AssertionError | RuntimeException | IOException e) {
                fail(
                        "replay: mvn -pl chord-client -am test -Dtest=FolderSyncPropertyTest"
                                + " -Dsurefire.failIfNoSpecifiedTests=false -Dchord.sync.seed=" + seed + "\n"
                                + world.lastLines(80).orElse(""),
                        e);
            }
        }
    }
}
