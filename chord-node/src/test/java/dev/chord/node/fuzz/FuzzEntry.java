package dev.chord.node.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The door for a coverage-guided fuzzer: {@code -Dchord.fuzz.target} names the {@link FuzzTarget}. Run by
 * itself it writes the target's seeds into the directory given, one file each; without one it prints the
 * names of all targets.
 */
public final class FuzzEntry {
    private static final FuzzTarget TARGET = FuzzTarget.valueOf(System.getProperty("chord.fuzz.target", "NAMES"));

    private FuzzEntry() {}

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    public static void main(String[] args) throws IOException {
        if (args.length == 0) {
            for (FuzzTarget target : FuzzTarget.values()) {
                System.out.println(target);
            }
            return;
        }
        Path directory = Files.createDirectories(Path.of(args[0]));
        for (int i = 0; i < TARGET.seeds().size(); i++) {
            Files.write(directory.resolve("seed-" + i), TARGET.seeds().get(i));
        }
    }
}
