package dev.chord.client.sync;

import dev.chord.client.Listing;
import dev.chord.client.NameEntry;
import dev.chord.client.Progress;
import dev.chord.client.PutOptions;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Keeps a folder and the names below a prefix in step, both ways. What changed on one side since both agreed is brought to the
 * other. What changed on both sides is a conflict: the local file stays, the ring's is put beside it under a name that says
 * so, and nothing is overwritten. What was removed on one side and changed on the other stays.
 */
public final class FolderSync {
    /** What a download leaves until it is whole. */
    private static final Pattern UNFINISHED = Pattern.compile(".*\\.[0-9a-f]{10}\\.part(\\..*)?");

    private final Ring ring;
    private final Path folder;
    private final String prefix;

    /** What was done with one file. */
    public record Done(Kind kind, String name) {}

    /** What can be done with a file. */
    public enum Kind {
        FETCHED,
        STORED,
        REMOVED_HERE,
        REMOVED_THERE,
        CONFLICT,
        SKIPPED
    }

    /**
     * What a round came to.
     *
     * @param complete whether the whole ring answered; if not, nothing was taken for removed there
     */
    public record Round(List<Done> done, boolean complete) {}

    /** A name on both sides. */
    private record Sides(Optional<Identifier> agreed, Optional<Identifier> here, Optional<NameEntry> there) {
        Optional<Identifier> content() {
            return there.map(NameEntry::content);
        }
    }

    /**
     * @param prefix what the names on the ring begin with, ending in a slash
     */
    public FolderSync(Ring ring, Path folder, String prefix) {
        if (!prefix.endsWith("/")) {
            throw new ChordException(ErrorCode.USAGE, "'" + prefix + "' does not end in a slash", "write NAME/");
        }
        this.ring = ring;
        this.folder = folder;
        this.prefix = prefix;
    }

    /** One comparison of both sides, and what follows from it. */
    public Round round() {
        try {
            SyncState state = SyncState.in(Files.createDirectories(folder));
            Map<String, Path> local = local();
            Listing listing = ring.names().list(prefix);
            Map<String, NameEntry> remote = new TreeMap<>();
            listing.names().forEach(e -> remote.put(e.name().substring(prefix.length()), e));
            Set<String> names = new TreeSet<>(local.keySet());
            names.addAll(remote.keySet());
            names.addAll(state.names());
            List<Done> done = new ArrayList<>();
            boolean complete = listing.coverage().complete();
            for (String name : names) {
                Optional<Path> path = Optional.ofNullable(local.get(name));
                Optional<Identifier> here =
                        path.isPresent() ? Optional.of(state.content(name, path.get())) : Optional.empty();
                Sides sides = new Sides(state.agreed(name), here, Optional.ofNullable(remote.get(name)));
                if (sides.there().isPresent() || complete) {
                    one(name, sides, state).ifPresent(done::add);
                }
            }
            state.save();
            return new Round(done, complete);
        } catch (IOException e) {
            throw new ChordException(ErrorCode.INTERNAL, "the folder " + folder + " failed: " + e, "check the disk", e);
        }
    }

    private Map<String, Path> local() throws IOException {
        Map<String, Path> found = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.filter(p -> Files.isRegularFile(p, java.nio.file.LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                String name = folder.relativize(path).toString().replace('\\', '/');
                String last = path.getFileName().toString();
                if (!last.startsWith(SyncState.FILE)
                        && !UNFINISHED.matcher(last).matches()) {
                    found.put(FileName.of(name), path);
                }
            }
        }
        return found;
    }

    private Optional<Done> one(String name, Sides sides, SyncState state) throws IOException {
        Optional<Identifier> here = sides.here();
        Optional<Identifier> there = sides.content();
        if (here.equals(there)) {
            state.agree(name, here);
            return Optional.empty();
        }
        boolean changedHere = !here.equals(sides.agreed());
        boolean changedThere = !there.equals(sides.agreed());
        if (changedHere && changedThere && here.isPresent() && there.isPresent()) {
            return Optional.of(conflict(name, sides, state));
        }
        boolean toRing = changedHere && (here.isPresent() || !changedThere);
        return Optional.of(toRing ? toRing(name, sides, state) : toFolder(name, sides, state));
    }

    private Done toRing(String name, Sides sides, SyncState state) {
        Version expected = sides.there().map(NameEntry::version).orElse(Version.NONE);
        try {
            if (sides.here().isEmpty()) {
                ring.names().remove(prefix + name, Optional.of(expected));
                state.agree(name, Optional.empty());
                return new Done(Kind.REMOVED_THERE, name);
            }
            Identifier stored = ring.files()
                    .put(folder.resolve(name), prefix + name, PutOptions.DEFAULT.onlyIf(expected), Progress.NONE)
                    .content();
            state.agree(name, Optional.of(stored));
            return new Done(Kind.STORED, name);
        } catch (ChordException e) {
            if (e.code() == ErrorCode.CONFLICT || e.code() == ErrorCode.NOT_FOUND || e.code() == ErrorCode.INTEGRITY) {
                return new Done(Kind.SKIPPED, name); // somebody was quicker, or writes to it now: the next round sees
            }
            throw e;
        }
    }

    private Done toFolder(String name, Sides sides, SyncState state) throws IOException {
        Path target = FileName.under(folder, name);
        if (sides.there().isEmpty()) {
            Files.deleteIfExists(target);
            state.agree(name, Optional.empty());
            return new Done(Kind.REMOVED_HERE, name);
        }
        fetch(sides.there().get(), target);
        state.agree(name, sides.content());
        return new Done(Kind.FETCHED, name);
    }

    private Done conflict(String name, Sides sides, SyncState state) throws IOException {
        NameEntry theirs = sides.there().orElseThrow();
        int dot = name.lastIndexOf('.');
        boolean extension = dot > name.lastIndexOf('/') + 1;
        String mark = ".conflict-" + theirs.version().number();
        String beside = extension ? name.substring(0, dot) + mark + name.substring(dot) : name + mark;
        fetch(theirs, FileName.under(folder, beside));
        // From now on the local file is the one that changed: the next round stores it as the next version.
        state.agree(name, sides.content());
        return new Done(Kind.CONFLICT, name);
    }

    private void fetch(NameEntry entry, Path target) throws IOException {
        Files.createDirectories(Optional.ofNullable(target.getParent()).orElse(folder));
        boolean inside = Optional.ofNullable(target.getParent())
                .orElse(folder)
                .toRealPath()
                .startsWith(folder.toRealPath());
        if (!inside || Files.isSymbolicLink(target)) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED, target + " leads out of the folder by a link", "remove the link");
        }
        ring.files().download(entry.content().toHex(), target);
    }
}
