package dev.chord.sim;

import dev.chord.core.blocks.Bytes;
import dev.chord.core.id.Identifier;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The blocks on the disk of a process, and what is noted of them. */
final class BlockContents {
    private final NavigableMap<Identifier, Bytes> files = new TreeMap<>();
    private final Map<Identifier, Integer> wishes = new TreeMap<>();
    private final Set<Identifier> condemned = new TreeSet<>();

    BlockContents copy() {
        BlockContents copy = withoutDatabase();
        copy.wishes.putAll(wishes);
        copy.condemned.addAll(condemned);
        return copy;
    }

    /** The same files with an empty database. */
    BlockContents withoutDatabase() {
        BlockContents copy = new BlockContents();
        copy.files.putAll(files);
        return copy;
    }

    NavigableMap<Identifier, Bytes> files() {
        return files;
    }

    Map<Identifier, Integer> wishes() {
        return wishes;
    }

    Set<Identifier> condemned() {
        return condemned;
    }
}
