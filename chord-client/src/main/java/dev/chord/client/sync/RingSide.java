package dev.chord.client.sync;

import dev.chord.client.Listing;
import dev.chord.client.NameEntry;
import dev.chord.client.Progress;
import dev.chord.client.PutOptions;
import dev.chord.client.Ring;
import dev.chord.client.RingNames;
import dev.chord.client.Stored;
import dev.chord.client.sync.SyncRule.Named;
import dev.chord.client.sync.SyncRule.There;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A part of a ring that a folder is kept in step with, through a connection. */
record RingSide(Ring ring, String prefix) implements SyncRing {
    @Override
    public RingMark mark() {
        // Those that answer for one point of the circle: in the same ring some of them are there for long.
        List<Peer> members = ring.topology().trace(Label.key(prefix)).chain();
        return new RingMark(
                ring.options().ringName(),
                members.stream().map(Peer::process).distinct().toList());
    }

    @Override
    public Listed list() {
        Listing listing = ring.names().list(prefix);
        Map<String, Named> names = new TreeMap<>();
        listing.names().forEach(entry -> names.put(entry.name().substring(prefix.length()), named(entry)));
        List<Arc> missing = listing.coverage().missing();
        return new Listed(names, missing.isEmpty(), name -> {
            Identifier key = Label.key(prefix + name);
            return missing.stream().anyMatch(arc -> arc.contains(key));
        });
    }

    private static Named named(NameEntry entry) {
        return new Named(entry.content(), entry.size(), entry.version());
    }

    @Override
    public There read(String name) {
        RingNames.Word word = ring.names().ask(prefix + name);
        if (word.entry().isPresent()) {
            return named(word.entry().get());
        }
        return word.version().equals(Version.NONE) ? new SyncRule.Nothing() : new SyncRule.Removed(word.version());
    }

    @Override
    public Named store(String name, Path file, Version expected) {
        Stored stored = ring.files().put(file, prefix + name, PutOptions.DEFAULT.onlyIf(expected), Progress.NONE);
        return new Named(stored.content(), stored.size(), stored.version());
    }

    @Override
    public void remove(String name, Version expected) {
        ring.names().remove(prefix + name, Optional.of(expected));
    }

    @Override
    public void fetch(Identifier content, Path into) {
        ring.files().download("id:" + content.toHex(), into);
    }
}
