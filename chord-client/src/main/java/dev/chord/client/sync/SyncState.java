package dev.chord.client.sync;

import dev.chord.client.content.FileDigester;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What folder and ring agreed on last, kept in a file in the folder; and what each local file is, read only if it changed. */
final class SyncState {
    static final String FILE = ".chord-sync";

    private final Path file;
    private final Map<String, Known> known = new TreeMap<>();

    /** A local file as it was last read. */
    private record Seen(Identifier content, long size, long modified) {}

    /**
     * @param agreed the content on both sides; empty: never on both
     * @param seen the local file as it was last read
     */
    private record Known(Optional<Identifier> agreed, Optional<Seen> seen) {}

    private SyncState(Path file) {
        this.file = file;
    }

    static SyncState in(Path folder) throws IOException {
        SyncState state = new SyncState(folder.resolve(FILE));
        if (Files.exists(state.file)) {
            for (String line : Files.readAllLines(state.file)) {
                String[] part = line.split("\t", 5);
                if (part.length == 5) {
                    Optional<Identifier> agreed =
                            part[0].equals("-") ? Optional.empty() : Optional.of(Identifier.ofHex(part[0]));
                    Optional<Seen> seen = part[1].equals("-")
                            ? Optional.empty()
                            : Optional.of(new Seen(
                                    Identifier.ofHex(part[1]), Long.parseLong(part[2]), Long.parseLong(part[3])));
                    state.known.put(part[4], new Known(agreed, seen));
                }
            }
        }
        return state;
    }

    void save() throws IOException {
        List<String> lines = new ArrayList<>();
        known.forEach((name, k) -> lines.add(String.join(
                "\t",
                k.agreed().map(Identifier::toHex).orElse("-"),
                k.seen().map(s -> s.content().toHex()).orElse("-"),
                k.seen().map(s -> "" + s.size()).orElse("0"),
                k.seen().map(s -> "" + s.modified()).orElse("0"),
                name)));
        Path next = file.resolveSibling(FILE + ".next");
        Files.write(next, lines, StandardCharsets.UTF_8);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    List<String> names() {
        return List.copyOf(known.keySet());
    }

    private Known of(String name) {
        return known.getOrDefault(name, new Known(Optional.empty(), Optional.empty()));
    }

    Optional<Identifier> agreed(String name) {
        return of(name).agreed();
    }

    void agree(String name, Optional<Identifier> content) {
        if (content.isEmpty()) {
            known.remove(name);
        } else {
            known.put(name, new Known(content, of(name).seen()));
        }
    }

    /** The content id of a local file. */
    Identifier content(String name, Path path) throws IOException {
        long size = Files.size(path);
        long modified = Files.getLastModifiedTime(path).toMillis();
        Optional<Seen> before = of(name).seen().filter(s -> s.size() == size && s.modified() == modified);
        if (before.isPresent()) {
            return before.get().content();
        }
        Identifier content = Identifier.sha256(
                FileDigester.digest(path, (digest, data) -> {}).toBytes());
        known.put(name, new Known(of(name).agreed(), Optional.of(new Seen(content, size, modified))));
        return content;
    }
}
