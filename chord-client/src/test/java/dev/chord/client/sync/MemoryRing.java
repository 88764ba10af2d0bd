package dev.chord.client.sync;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.sync.SyncRule.Named;
import dev.chord.client.sync.SyncRule.There;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * A ring's names in memory: numbered, with tombstones; it can be cut off, lose its disk, and forget to
 * list names.
 */
final class MemoryRing {
    private final Map<String, There> records = new TreeMap<>();
    private final Map<Identifier, String> contents = new TreeMap<>();
    private final Set<String> ever = new HashSet<>();
    private Set<String> unlisted = Set.of();
    private long epoch = 1;
    private long count;
    private long process = 1;
    private boolean cut;

    /** Nobody answers any more, until it is healed. */
    void cut(boolean now) {
        cut = now;
    }

    /** Owners of these names do not answer when names are listed. */
    void hide(Set<String> names) {
        unlisted = new HashSet<>(names);
    }

    /**
     * All disks are new.
     *
     * @param sameMembers whether the members are known as before, so that nobody can see that it is
     *     another ring
     */
    void wipe(boolean sameMembers) {
        records.clear();
        contents.clear();
        count = 0;
        epoch = 1;
        process += sameMembers ? 0 : 1;
    }

    /** What a name stands for. */
    Optional<String> text(String name) {
        return records.get(name) instanceof Named named
                ? Optional.ofNullable(contents.get(named.content()))
                : Optional.empty();
    }

    Map<String, String> names() {
        Map<String, String> all = new TreeMap<>();
        records.keySet().forEach(name -> text(name).ifPresent(text -> all.put(name, text)));
        return all;
    }

    /** Whether any name ever stood for this. */
    boolean everHad(String text) {
        return ever.contains(text);
    }

    private Version next() {
        return new Version((epoch << Version.COUNT_BITS) + ++count, Identifier.of(process));
    }

    /** Somebody else writes. */
    Named write(String name, String text) {
        Named named = new Named(MemoryFolder.content(text), text.length(), next());
        contents.put(named.content(), text);
        ever.add(text);
        records.put(name, named);
        return named;
    }

    /** Somebody else removes. */
    void remove(String name) {
        if (records.get(name) instanceof Named) {
            records.put(name, new SyncRule.Removed(next()));
        }
    }

    /**
     * The ring as a folder's sync sees it: {@code step} comes before each call, and {@code lost} takes
     * answers away.
     */
    SyncRing seenFrom(MemoryFolder folder, Runnable step, BooleanSupplier lost) {
        return new Side(folder, step, lost);
    }

    private final class Side implements SyncRing {
        private final MemoryFolder folder;
        private final Runnable step;
        private final BooleanSupplier lost;

        Side(MemoryFolder folder, Runnable step, BooleanSupplier lost) {
            this.folder = folder;
            this.step = step;
            this.lost = lost;
        }

        private void ask() {
            step.run();
            if (cut) {
                throw new ChordException(ErrorCode.UNREACHABLE, "cut", "");
            }
        }

        // Done or not: whoever asked does not hear of it.
        private void answer() {
            if (lost.getAsBoolean()) {
                throw new ChordException(ErrorCode.DEADLINE, "the answer was lost", "");
            }
        }

        @Override
        public RingMark mark() {
            ask();
            return new RingMark("ring", List.of(Identifier.of(process)));
        }

        @Override
        public Listed list() {
            step.run();
            Map<String, Named> names = new TreeMap<>();
            records.forEach((name, there) -> {
                if (there instanceof Named named && !cut && !unlisted.contains(name)) {
                    names.put(name, named);
                }
            });
            return new Listed(names, !cut && unlisted.isEmpty(), name -> cut);
        }

        @Override
        public There read(String name) {
            ask();
            answer();
            return records.getOrDefault(name, new SyncRule.Nothing());
        }

        private void expect(String name, Version expected) {
            Version now = records.get(name) instanceof Named named ? named.version() : Version.NONE;
            if (!now.equals(expected)) {
                throw new ChordException(ErrorCode.CONFLICT, "it is at " + now, "");
            }
        }

        @Override
        public Named store(String name, Path file, Version expected) {
            ask();
            String text = folder.read(file);
            step.run();
            expect(name, expected);
            Named named = write(name, text);
            answer();
            return named;
        }

        @Override
        public void remove(String name, Version expected) {
            ask();
            expect(name, expected);
            MemoryRing.this.remove(name);
            answer();
        }

        @Override
        public void fetch(Identifier content, Path into) {
            ask();
            String text = contents.get(content);
            if (text == null) {
                throw new ChordException(ErrorCode.NOT_FOUND, "no such content", "");
            }
            folder.fetched(into, text);
        }
    }
}
