package dev.chord.core.blocks;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.placement.Precedence;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What a process does with the blocks that it keeps: takes them in, knows until when somebody needs them, and
 * lets them go. A block that is known gets its new lease in the same step in which it is found to be here, so
 * none that was acknowledged goes because its old lease had ended. Belongs to one engine.
 */
final class BlockHolder {
    private final BlockDisk disk;
    private final BlockSettings settings;
    private final Holdings holdings;
    private final UnfinishedUploads uploads;
    private final Turns turns = new Turns();
    private final Expiring promises;
    private final Expiring wanted;
    private long reclaimed;

    BlockHolder(BlockHost host, BlockSettings settings) {
        this.disk = host.disk();
        this.settings = settings;
        this.holdings = new Holdings(settings.limits());
        this.uploads = new UnfinishedUploads(host::now, settings.limits(), holdings::size);
        this.promises = new Expiring(host::now, settings.limits().promise());
        this.wanted = new Expiring(host::now, settings.limits().wanted());
        List<Identifier> condemned = new ArrayList<>();
        for (BlockDisk.Found found : disk.all()) {
            holdings.add(
                    found.digest(),
                    found.size(),
                    wish(found.copies()),
                    settings.limits().lease());
            if (found.condemned()) {
                condemned.add(found.digest());
            }
        }
        holdings.condemn(condemned);
    }

    private int wish(int copies) {
        return copies == 0 ? settings.copies() : copies;
    }

    // ---- what is known

    Holdings holdings() {
        return holdings;
    }

    /** How many copies of a block the ring should have. */
    int copies(Identifier digest) {
        return holdings.get(digest).map(Holdings.Held::copies).orElse(settings.copies());
    }

    /** Whether only unfinished uploads need a block: their uploader brings it to whoever is to keep it. */
    boolean isUnfinished(Identifier digest) {
        return uploads.unconfirmed(digest);
    }

    /**
     * What is left of a block's lease; a copy of what an unfinished upload has put here is not to outlive it.
     */
    long leaseLeft(Identifier digest) {
        long left = holdings.remaining(digest);
        return uploads.unconfirmed(digest) ? Math.min(left, settings.limits().grace()) : left;
    }

    /** How many blocks went because nobody needed them any more. */
    long reclaimed() {
        return reclaimed;
    }

    // ---- blocks that come

    /** Takes a block in; told once it is durable, or refused. */
    void accept(Arrival arrival, Consumer<Kept> then) {
        Identifier digest = arrival.digest();
        inTurn(
                digest,
                end -> begin(arrival, kept -> {
                    // What came for an upload that was let go of meanwhile goes again, at the end of
                    // this turn.
                    boolean letGo = kept.isKept() && uploads.unneeded(digest);
                    Kept word = letGo ? Kept.refused(Refusal.LET_GO) : kept;
                    if (word.isKept()) {
                        promises.remove(digest);
                        keepIfWanted(digest);
                    }
                    end.run();
                    then.accept(word);
                }));
    }

    private void begin(Arrival arrival, Consumer<Kept> then) {
        if (uploads.isOver(arrival.upload())) {
            then.accept(Kept.refused(Refusal.LET_GO));
        } else if (holdings.has(arrival.digest())) {
            disk.check(arrival.digest(), good -> {
                if (good && holdings.has(arrival.digest())) {
                    again(arrival, then);
                } else {
                    lost(arrival.digest());
                    write(arrival, then);
                }
            });
        } else {
            write(arrival, then);
        }
    }

    private void again(Arrival arrival, Consumer<Kept> then) {
        if (arrival.lease().isPresent()) {
            then.accept(Kept.KNOWN);
            return;
        }
        uploads.storedAgain(arrival.digest(), arrival.upload());
        Notes notes = new Notes();
        renew(arrival.digest(), arrival.copies(), notes);
        notes.write(done -> then.accept(Kept.KNOWN));
    }

    private void write(Arrival arrival, Consumer<Kept> then) {
        Identifier digest = arrival.digest();
        int copies = wish(arrival.copies());
        long lease = arrival.lease().orElse(settings.limits().lease());
        Notes notes = new Notes();
        if (copies != settings.copies()) {
            notes.wishes.put(digest, copies);
        }
        disk.write(digest, arrival.bytes(), arrival.upload(), refused -> {
            if (refused.isPresent()) {
                then.accept(Kept.refused(refused.get()));
                return;
            }
            uploads.arrived(digest, arrival.upload());
            holdings.add(digest, arrival.bytes().size(), copies, lease);
            notes.write(done -> then.accept(Kept.NEW));
        });
    }

    // ---- who needs what

    /**
     * Somebody needs these blocks: they stay for a lease from now on.
     *
     * @param upload who says so before it writes its name, and does not give way to others from now on; zero:
     *     the owner of a name
     * @param then those that are here; empty: what the disk should note of them it has not noted
     */
    void renew(
            Collection<Identifier> digests, int copies, Identifier upload, Consumer<Optional<Set<Identifier>>> then) {
        Set<Identifier> here = new TreeSet<>();
        Notes notes = new Notes();
        Countdown all = new Countdown(
                digests.size(), () -> notes.write(done -> then.accept(done ? Optional.of(here) : Optional.empty())));
        for (Identifier digest : digests) {
            inTurn(digest, end -> {
                if (holdings.has(digest)) {
                    here.add(digest);
                    uploads.confirm(digest, upload);
                    renew(digest, copies, notes);
                }
                end.run();
                all.end();
            });
        }
        all.end();
    }

    private void renew(Identifier digest, int copies, Notes notes) {
        holdings.get(digest).ifPresent(held -> {
            if (holdings.renew(held)) {
                notes.saved.add(digest);
            }
            if (copies > held.copies()) { // several files may need the block: the largest wish counts
                held.wish(copies);
                notes.wishes.put(digest, copies);
            }
        });
    }

    /**
     * Somebody has deleted what these blocks were for: they go soon, unless somebody else says in time that
     * they are needed.
     */
    Set<Identifier> condemn(Collection<Identifier> digests) {
        disk.condemned(holdings.condemn(digests), List.of());
        Set<Identifier> here = new TreeSet<>(digests);
        here.removeIf(digest -> !holdings.has(digest));
        return here;
    }

    /** What the disk is to remember of blocks that somebody needs. */
    private final class Notes {
        private final List<Identifier> saved = new ArrayList<>();
        private final Map<Identifier, Integer> wishes = new LinkedHashMap<>();

        void write(Consumer<Boolean> then) {
            if (!saved.isEmpty()) {
                disk.condemned(List.of(), saved);
            }
            if (wishes.isEmpty()) {
                then.accept(true);
            } else {
                disk.wish(wishes, then);
            }
        }
    }

    // ---- what others ask

    /** Which blocks are here; of several that would supply one that is lacking, one is told to. */
    List<BlockQuestion.Presence> serve(BlockQuestion.Has asked) {
        List<BlockQuestion.Presence> found = new ArrayList<>();
        for (Identifier digest : asked.digests()) {
            boolean here = holdings.has(digest);
            if (asked.keep() > 0) {
                wanted.put(digest, asked.keep());
                keepIfWanted(digest);
            }
            boolean promised = asked.supply() && !here && promises.get(digest).isPresent();
            if (asked.supply() && !here && !promised) {
                promises.put(digest, 1);
            }
            found.add(new BlockQuestion.Presence(here, promised));
        }
        return found;
    }

    private void keepIfWanted(Identifier digest) {
        if (holdings.has(digest)) {
            wanted.get(digest).ifPresent(time -> holdings.keep(digest, time));
            wanted.remove(digest);
        }
    }

    Fingerprints serve(BlockQuestion.Fingerprint asked) {
        return Fingerprints.of(holdings.digests(), asked.arc());
    }

    // ---- blocks that go

    /** Lets a block go that others hold, unless somebody wants it kept; told whether it went. */
    void drop(Identifier digest, Consumer<Boolean> then) {
        goIf(digest, () -> !holdings.isKept(digest), then);
    }

    private void goIf(Identifier digest, BooleanSupplier still, Consumer<Boolean> then) {
        inTurn(digest, end -> {
            if (!holdings.has(digest) || !still.getAsBoolean()) {
                end.run();
                then.accept(false);
                return;
            }
            remove(digest, gone -> {
                end.run();
                then.accept(gone);
            });
        });
    }

    // It is not here any more from this moment on: who asks while the disk is at it must not count on it.
    private void remove(Identifier digest, Consumer<Boolean> then) {
        Holdings.Held block = holdings.remove(digest).orElseThrow();
        disk.delete(digest, gone -> {
            if (!gone) {
                holdings.restore(digest, block);
            } else {
                uploads.removed(digest);
                if (block.copies() != settings.copies()) {
                    disk.wish(Map.of(digest, 0), done -> {});
                }
            }
            then.accept(gone);
        });
    }

    // What nobody needs any more goes at the end of each turn in which that may have come about.
    private void inTurn(Identifier digest, Consumer<Runnable> what) {
        turns.take(
                digest,
                end -> what.accept(() -> {
                    if (uploads.unneeded(digest) && holdings.has(digest)) {
                        remove(digest, gone -> end.run());
                    } else {
                        end.run();
                    }
                }));
    }

    private void dropUnneeded(Identifier digest, Runnable then) {
        goIf(digest, () -> uploads.unneeded(digest), gone -> then.run());
    }

    /** An upload was refused or broken off: what is its alone goes; told how many blocks that were. */
    void release(Identifier upload, Consumer<Integer> then) {
        List<Identifier> alone = uploads.release(upload);
        Countdown all = new Countdown(alone.size(), () -> then.accept(alone.size()));
        alone.forEach(digest -> dropUnneeded(digest, all::end));
        all.end();
    }

    /**
     * Somebody lacks room: uploads give way. What is on its way is not waited for, it may be who lacks room;
     * it goes later.
     */
    void makeRoom(long bytes, Precedence by, Consumer<Boolean> then) {
        List<Identifier> free = uploads.giveWay(by, bytes).stream()
                .filter(turns::isFree)
                .filter(holdings::has)
                .toList();
        Countdown all = new Countdown(free.size(), () -> then.accept(!free.isEmpty()));
        free.forEach(digest -> dropUnneeded(digest, all::end));
        all.end();
    }

    /**
     * Time has passed in which those who need blocks could have said so; blocks whose lease has ended go.
     *
     * @param then told how many went
     */
    void reclaim(long elapsed, Consumer<Integer> then) {
        List<Identifier> expired = holdings.advance(elapsed);
        List<Identifier> unneeded = uploads.unneeded();
        int[] gone = {0};
        Countdown all = new Countdown(expired.size() + unneeded.size(), () -> {
            reclaimed += gone[0];
            disk.condemned(List.of(), expired);
            then.accept(gone[0]);
        });
        for (Identifier digest : expired) {
            goIf(digest, () -> holdings.isExpired(digest), went -> {
                gone[0] += went ? 1 : 0;
                all.end();
            });
        }
        unneeded.forEach(digest -> dropUnneeded(digest, all::end));
        uploads.forget();
        all.end();
    }

    /** The disk has found the copy of a block damaged, or not found it at all. */
    void lost(Identifier digest) {
        if (!disk.has(digest)) { // it may have come again since
            holdings.remove(digest);
        }
    }
}
