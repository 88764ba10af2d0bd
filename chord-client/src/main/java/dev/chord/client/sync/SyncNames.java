package dev.chord.client.sync;

import java.nio.charset.StandardCharsets;

/** The names that keeping a folder in step makes up itself. Pure. */
final class SyncNames {
    /** What all files and directories of sync's own begin with, in whatever directory. */
    static final String OWN = ".chord-";

    static final String STATE = OWN + "sync";
    static final String TRASH = OWN + "trash";

    private static final int LONGEST = 255; // bytes of one part of a path, on the usual file systems
    private static final String CONFLICT = ".conflict-";

    private SyncNames() {}

    /** Whether a name, or the name of a directory it lies in, is sync's own, on either side. */
    static boolean isOwn(String name) {
        return name.startsWith(OWN) || name.contains("/" + OWN);
    }

    /**
     * Where a second content of a file is put.
     *
     * @param mark tells which one it is
     * @param number 1 for the first choice; others if that is taken
     */
    static String conflict(String name, String mark, int number) {
        int slash = name.lastIndexOf('/') + 1;
        String last = name.substring(slash);
        int dot = last.lastIndexOf('.');
        String stem = dot > 0 ? last.substring(0, dot) : last;
        String extension = dot > 0 ? last.substring(dot) : "";
        String middle = CONFLICT + mark + (number == 1 ? "" : "-" + number);
        if (bytes(middle + extension) > LONGEST / 2) {
            extension = ""; // a dot somewhere in a long name begins no extension
        }
        while (bytes(stem + middle + extension) > LONGEST) {
            stem = stem.substring(0, stem.offsetByCodePoints(stem.length(), -1));
        }
        return name.substring(0, slash) + stem + middle + extension;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
