package dev.chord.client.sync;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The file in which a folder remembers what it agreed on: whatever is in it, it is read, and what is written
 * is read alike.
 */
public final class SyncStateFuzz {
    private SyncStateFuzz() {}

    public static void run(byte[] input) {
        List<String> lines = new String(input, StandardCharsets.UTF_8).lines().toList();
        SyncState state = SyncState.parse(lines, "p/");
        List<String> written = state.lines();
        List<String> again = SyncState.parse(written, "p/").lines();
        if (!again.equals(written)) {
            throw new AssertionError("written as " + written + ", then as " + again);
        }
        for (String line : written) {
            if (line.lines().count() > 1) {
                throw new AssertionError("a line that is two: " + line);
            }
        }
    }
}
