package dev.chord.core.blocks;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.GivingWay;
import dev.chord.core.placement.Precedence;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Which blocks here belong to uploads that are not finished and to nobody else. A block is let go of in
 * two steps: it becomes unneeded here, and goes in its turn if it is unneeded still; so somebody who comes
 * to need it in between keeps it. Only in memory: what a restart forgets stays for its lease. Belongs to
 * one engine.
 */
final class UnfinishedUploads {
    private static final int MAX_BLOCKS = 200_000;
    private static final int MAX_UPLOADS = 4096;

    private final LongSupplier clock;
    private final BlockLimits limits;
    private final ToLongFunction<Identifier> sizes;
    private final Map<Identifier, Uploading> uploads = new LinkedHashMap<>(); // by upload
    private final Map<Identifier, Set<Identifier>> owners = new LinkedHashMap<>(); // by block
    private final Set<Identifier> unneeded = new LinkedHashSet<>();

    private static final class Uploading {
        private final Precedence who;
        private final Set<Identifier> blocks = new LinkedHashSet<>();
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
     * @param clock microseconds since anything
     * @param sizes of blocks, in bytes
     */
    UnfinishedUploads(LongSupplier clock, BlockLimits limits, ToLongFunction<Identifier> sizes) {
        this.clock = clock;
        this.limits = limits;
        this.sizes = sizes;
    }

    private static boolean isNone(Precedence upload) {
        return upload.upload().equals(Identifier.ZERO);
    }

    /** Whether an upload had to give way, or was given up by who stores: nothing of it is taken any more. */
    boolean isOver(Precedence upload) {
        Uploading uploading = uploads.get(upload.upload());
        return uploading != null && uploading.over && !isNone(upload);
    }

    /** A new block is about to be listed. One of an upload that is over by now is unneeded at once. */
    void arrived(Identifier digest, Precedence upload) {
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
    void storedAgain(Identifier digest, Precedence upload) {
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
        owners.computeIfAbsent(digest, d -> new LinkedHashSet<>(2)).add(uploading.who.upload());
        if (owners.size() > MAX_BLOCKS) {
            settle(uploads.values().iterator().next());
        }
    }

    /** Whether a block may be unneeded some time, or is. */
    boolean tracks(Identifier digest) {
        return owners.containsKey(digest) || unneeded.contains(digest);
    }

    /** Whether nobody needs a block any more; asked in the block's turn, just before it is deleted. */
    boolean unneeded(Identifier digest) {
        return unneeded.contains(digest);
    }

    /** All that nobody needs and that is still here. */
    List<Identifier> unneeded() {
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
    boolean unconfirmed(Identifier digest) {
        Set<Identifier> of = owners.get(digest);
        return of != null && of.stream().noneMatch(id -> uploading(id).confirmed);
    }

    /** A block stays: somebody else than uploads needs it. */
    void settle(Identifier digest) {
        unneeded.remove(digest);
        Set<Identifier> of = owners.remove(digest);
        if (of != null) {
            of.forEach(id -> uploading(id).blocks.remove(digest));
        }
    }

    /** An upload needs a block that is here, and is about to write its name. */
    void confirm(Identifier digest, Identifier upload) {
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
    void removed(Identifier digest) {
        settle(digest);
    }

    /** An upload was refused or broken off; returns what is unneeded by that. */
    List<Identifier> release(Identifier upload) {
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
    List<Identifier> giveWay(Precedence by, long bytes) {
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
        for (GivingWay.Unfinished going : GivingWay.choose(unfinished, by, bytes, limits.patience())) {
            Uploading uploading = Objects.requireNonNull(standing.get(going.who()));
            uploading.over = going.idle() <= limits.patience(); // one that was only silent may come back
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

    /**
     * Time has passed: what was finished long ago is not remembered any more, and its blocks are like
     * all others.
     */
    void forget() {
        long now = clock.getAsLong();
        for (Uploading uploading : List.copyOf(uploads.values())) {
            boolean finished = uploading.confirmed || uploading.over || uploading.blocks.isEmpty();
            if (finished && now - uploading.heard > limits.remembered()) {
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
