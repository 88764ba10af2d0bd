package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.GivingWay;
import dev.chord.core.placement.Precedence;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Which blocks here belong to uploads that are not finished and to nobody else. A block is let go of in two steps: it becomes
 * unneeded here, and whoever then holds the block's lock deletes it if it is unneeded still; so somebody who comes to need it in between
 * keeps it. Only in memory: what a restart forgets stays for its lease. Thread-safe; never blocks.
 */
final class UnfinishedUploads {
    /** How long nothing comes of an upload before it makes room for others, in milliseconds. */
    static final long PATIENCE = 10_000;

    // How long an upload can still be taken back after it said that it needs its blocks, and is known to be over.
    private static final long REMEMBERED = 600_000;
    private static final int MAX_BLOCKS = 200_000;
    private static final int MAX_UPLOADS = 4096;

    private final LongSupplier clock;
    private final ToLongFunction<Identifier> sizes;
    private final Map<Identifier, Uploading> uploads = new LinkedHashMap<>(); // by upload
    private final Map<Identifier, Set<Identifier>> owners = new HashMap<>(); // by block
    private final Set<Identifier> unneeded = new HashSet<>();

    private static final class Uploading {
        private final Precedence who;
        private final Set<Identifier> blocks = new HashSet<>();
        private long heard;
        private boolean confirmed;
        private boolean over;

        Uploading(Precedence who, long now) {
            this.who = who;
            this.heard = now;
            this.confirmed = who.size() == 0; // it gives way to nobody
        }
    }

    /**
     * Begins with none.
     *
     * @param clock milliseconds since anything
     * @param sizes of blocks, in bytes
     */
    UnfinishedUploads(LongSupplier clock, ToLongFunction<Identifier> sizes) {
        this.clock = clock;
        this.sizes = sizes;
    }

    private static boolean isNone(Precedence upload) {
        return upload.upload().equals(Identifier.ZERO);
    }

    /**
     * A block of an upload is about to be stored.
     *
     * @throws ChordException NO_SPACE if the upload had to give way, or was given up by who stores
     */
    synchronized void requireGoingOn(Precedence upload) {
        Uploading uploading = uploads.get(upload.upload());
        if (uploading != null && uploading.over && !isNone(upload)) {
            throw letGo();
        }
    }

    static ChordException letGo() {
        return new ChordException(
                ErrorCode.NO_SPACE,
                "there is no room for all who store now: this upload was let go of",
                "try again, or add nodes");
    }

    /** A new block is about to be listed. One of an upload that is over by now is unneeded at once. */
    synchronized void arrived(Identifier digest, Precedence upload) {
        if (isNone(upload)) {
            return;
        }
        Uploading uploading = heard(upload);
        if (uploading.over) {
            unneeded.add(digest);
        } else {
            own(digest, uploading);
        }
    }

    /** Somebody has stored a block that was here. */
    synchronized void storedAgain(Identifier digest, Precedence upload) {
        if (!tracks(digest)) {
            return;
        }
        if (isNone(upload)) {
            settle(digest); // nobody can say when it is not needed any more
            return;
        }
        Uploading uploading = heard(upload);
        if (!uploading.over) {
            unneeded.remove(digest);
            own(digest, uploading);
        }
    }

    private Uploading heard(Precedence upload) {
        long now = clock.getAsLong();
        if (uploads.size() >= MAX_UPLOADS && !uploads.containsKey(upload.upload())) {
            settle(uploads.values().iterator().next());
        }
        Uploading uploading = uploads.computeIfAbsent(upload.upload(), id -> new Uploading(upload, now));
        uploading.heard = now;
        return uploading;
    }

    private void own(Identifier digest, Uploading uploading) {
        uploading.blocks.add(digest);
        owners.computeIfAbsent(digest, d -> new HashSet<>(2)).add(uploading.who.upload());
        if (owners.size() > MAX_BLOCKS) {
            settle(uploads.values().iterator().next());
        }
    }

    /** Whether a block may be unneeded some time, or is. */
    synchronized boolean tracks(Identifier digest) {
        return owners.containsKey(digest) || unneeded.contains(digest);
    }

    /** Whether nobody needs a block any more; asked under the block's lock, just before it is deleted. */
    synchronized boolean unneeded(Identifier digest) {
        return unneeded.contains(digest);
    }

    /** All that nobody needs and that is still here. */
    synchronized List<Identifier> unneeded() {
        return List.copyOf(unneeded);
    }

    // Whom a block belongs to is remembered as long as one of its blocks is.
    private Uploading uploading(Identifier upload) {
        return Objects.requireNonNull(uploads.get(upload));
    }

    // A block that an upload counts as its own has owners.
    private Set<Identifier> owners(Identifier digest) {
        return Objects.requireNonNull(owners.get(digest));
    }

    /** Whether only unfinished uploads need it, so that a copy of it is not to outlive them for long. */
    synchronized boolean unconfirmed(Identifier digest) {
        Set<Identifier> of = owners.get(digest);
        return of != null && of.stream().noneMatch(id -> uploading(id).confirmed);
    }

    /** A block stays: somebody else than uploads needs it. */
    synchronized void settle(Identifier digest) {
        unneeded.remove(digest);
        Set<Identifier> of = owners.remove(digest);
        if (of != null) {
            of.forEach(id -> uploading(id).blocks.remove(digest));
        }
    }

    /** An upload needs a block that is here, and is about to write its name. */
    synchronized void confirm(Identifier digest, Identifier upload) {
        if (upload.equals(Identifier.ZERO)) {
            settle(digest);
            return;
        }
        Uploading uploading = heard(new Precedence(0, upload));
        // It may have given way here, and finds what it needs all the same. Yet it may lack something
        // elsewhere, and be released.
        uploading.over = false;
        uploading.confirmed = true;
        if (tracks(digest)) {
            unneeded.remove(digest);
            own(digest, uploading);
        }
    }

    /** A block is gone. */
    synchronized void removed(Identifier digest) {
        settle(digest);
    }

    /** An upload was refused or broken off; returns what is unneeded by that. */
    synchronized List<Identifier> release(Identifier upload) {
        if (upload.equals(Identifier.ZERO)) {
            return List.of();
        }
        Uploading uploading = heard(new Precedence(0, upload));
        uploading.over = true;
        return leave(uploading);
    }

    private List<Identifier> leave(Uploading uploading) {
        List<Identifier> alone = new ArrayList<>();
        for (Identifier digest : uploading.blocks) {
            Set<Identifier> of = owners(digest);
            of.remove(uploading.who.upload());
            if (of.isEmpty()) {
                owners.remove(digest);
                unneeded.add(digest);
                alone.add(digest);
            }
        }
        uploading.blocks.clear();
        return alone;
    }

    /** Somebody lacks room; returns what is unneeded by that. */
    synchronized List<Identifier> giveWay(Precedence by, long bytes) {
        long now = clock.getAsLong();
        Map<Precedence, Uploading> standing = new LinkedHashMap<>();
        List<GivingWay.Unfinished> unfinished = new ArrayList<>();
        for (Uploading uploading : uploads.values()) {
            if (!uploading.confirmed && !uploading.over) {
                standing.put(uploading.who, uploading);
                unfinished.add(new GivingWay.Unfinished(uploading.who, bytesAlone(uploading), now - uploading.heard));
            }
        }
        List<Identifier> alone = new ArrayList<>();
        for (GivingWay.Unfinished going : GivingWay.choose(unfinished, by, bytes, PATIENCE)) {
            Uploading uploading = Objects.requireNonNull(standing.get(going.who()));
            uploading.over = going.idle() <= PATIENCE; // one that was only silent may come back
            alone.addAll(leave(uploading));
        }
        return alone;
    }

    private long bytesAlone(Uploading uploading) {
        return uploading.blocks.stream()
                .filter(digest -> owners(digest).size() == 1)
                .mapToLong(sizes)
                .sum();
    }

    /** Time has passed: what was finished long ago is not remembered any more, and its blocks are like all others. */
    synchronized void forget() {
        long now = clock.getAsLong();
        for (Uploading uploading : List.copyOf(uploads.values())) {
            boolean finished = uploading.confirmed || uploading.over || uploading.blocks.isEmpty();
            if (finished && now - uploading.heard > REMEMBERED) {
                settle(uploading);
            }
        }
    }

    private void settle(Uploading uploading) {
        Collection<Identifier> blocks = List.copyOf(uploading.blocks);
        blocks.forEach(this::settle);
        uploads.remove(uploading.who.upload());
    }
}
