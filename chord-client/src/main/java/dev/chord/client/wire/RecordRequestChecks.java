package dev.chord.client.wire;

import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.core.bounds.NumberBounds;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.CheckSharedRequest;
import dev.chord.proto.v1.CompareRecordsRequest;
import dev.chord.proto.v1.FingerprintRecordsRequest;
import dev.chord.proto.v1.GiveUpRequest;
import dev.chord.proto.v1.LeaseTenureRequest;
import dev.chord.proto.v1.ListNamesRequest;
import dev.chord.proto.v1.NoteTenureRequest;
import dev.chord.proto.v1.PromiseTenureRequest;
import dev.chord.proto.v1.PullRecordsRequest;
import dev.chord.proto.v1.ReadRecordsRequest;
import dev.chord.proto.v1.RecordDigest;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.ReleaseArcRequest;
import dev.chord.proto.v1.ReplicateRequest;
import dev.chord.proto.v1.WatchNamesRequest;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteRecordsRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is acceptable in messages about records; of each record {@link RecordChecks} says it. Pure; any
 * thread. Throws {@link MalformedMessageException}.
 */
public final class RecordRequestChecks {
    private static final int RECORDS = 16_384;
    private static final int ARCS = 4096;
    private static final int WITHIN = 32;
    private static final int HOLDERS = 64;
    private static final int PROCESSES = 256;

    private RecordRequestChecks() {}

    /**
     * Any request; what is none of them is acceptable here. Writes are checked one by one: they are of many.
     */
    public static void request(Object message, Known known) {
        if (message instanceof WriteRecordsRequest writes) {
            few(writes.getWritesCount(), Batches.MOST, "writes");
        } else if (message instanceof ReadRecordsRequest read) {
            WireCodec.in(read.getKey());
            RecordChecks.kind(read.getKind());
        } else if (message instanceof ReplicateRequest copies) {
            replicate(copies, known);
        } else if (message instanceof CompareRecordsRequest compare) {
            few(compare.getDigestsCount(), Batches.DIGESTS, "digests");
            compare.getDigestsList().forEach(RecordRequestChecks::digest);
            RecordChecks.keep(compare.getKeepMillis());
        } else if (message instanceof FingerprintRecordsRequest fingerprints) {
            WireCodec.in(fingerprints.getArc());
            RecordChecks.keep(fingerprints.getKeepMillis());
        } else if (message instanceof PullRecordsRequest pull) {
            WireCodec.in(pull.getArc());
            BlockChecks.number(pull.getSince(), "a position");
            if (pull.getPartsCount() > 0) {
                WireCodec.parts(pull.getPartsList());
            }
        } else if (message instanceof ReleaseArcRequest release) {
            release(release, known);
        } else {
            tenure(message, known);
        }
    }

    private static void tenure(Object message, Known known) {
        if (message instanceof PromiseTenureRequest promise) {
            WireCodec.in(promise.getProcess());
            arcs(promise.getArcsList());
            epoch(promise.getEpoch(), known);
        } else if (message instanceof NoteTenureRequest note) {
            WireCodec.in(note.getProcess());
            arcs(note.getArcsList());
            tenure(note.getTenure(), known);
        } else if (message instanceof LeaseTenureRequest lease) {
            WireCodec.in(lease.getProcess());
            WireCodec.in(lease.getArc());
            epoch(lease.getEpoch(), known);
        } else if (message instanceof GiveUpRequest gone) {
            few(gone.getProcessesCount(), PROCESSES, "processes");
            gone.getProcessesList().forEach(one -> {
                WireCodec.in(one.getProcess());
                epoch(one.getEpoch(), known);
            });
        } else {
            names(message);
        }
    }

    private static void names(Object message) {
        if (message instanceof ListNamesRequest list) {
            WireCodec.in(list.getTarget());
            few(list.getWithinCount(), WITHIN, "arcs");
            list.getWithinList().forEach(WireCodec::in);
            text(list.getPrefix(), "a prefix");
            text(list.getAfter(), "a name");
            if (list.getLimit() < 0) {
                throw new MalformedMessageException(
                        Fault.NUMBER, "a list of " + Integer.toUnsignedString(list.getLimit()));
            }
        } else if (message instanceof WatchNamesRequest watch) {
            WireCodec.in(watch.getTarget());
            text(watch.getPrefix(), "a prefix");
            BlockChecks.number(watch.getSince(), "a position");
            if (watch.hasArc()) {
                WireCodec.in(watch.getArc());
            }
        } else if (message instanceof CheckSharedRequest check) {
            WireCodec.in(check.getContent());
            WireCodec.in(check.getProvider());
            text(check.getName(), "a name");
        }
    }

    /** One of the writes of a message. */
    public static void write(WriteRecordRequest write) {
        RecordChecks.whole(write.getRecord());
        if (write.hasExpected()) {
            WireCodec.in(write.getExpected());
        }
    }

    private static void replicate(ReplicateRequest copies, Known known) {
        few(copies.getRecordsCount(), RECORDS, "records");
        epoch(copies.getEpoch(), known);
        epoch(copies.getTenure(), known);
        if (copies.getTenure() != 0) {
            WireCodec.in(copies.getProcess());
        }
        if (copies.hasOwner()) {
            Peer owner = WireCodec.in(copies.getOwner());
            if (known.here().test(owner.id())) {
                throw new MalformedMessageException(Fault.SENDER, owner + " is here, and told nobody so");
            }
        }
        copies.getRecordsList().forEach(record -> RecordChecks.copy(record, known));
    }

    private static void digest(RecordDigest digest) {
        Identifier key = WireCodec.in(digest.getKey());
        RecordChecks.kind(digest.getKind());
        RecordChecks.labelSize(digest.getLabel());
        WireCodec.in(digest.getVersion());
        boolean name = digest.getKind() == RecordKind.RECORD_KIND_NAME;
        if (name && !key.equals(Label.key(digest.getLabel()))) {
            throw new MalformedMessageException(
                    Fault.KEY, "'" + WireCodec.shown(digest.getLabel()) + "' does not lie under " + key.abbreviated());
        }
    }

    private static void release(ReleaseArcRequest release, Known known) {
        Arc arc = WireCodec.in(release.getArc());
        Peer taker = WireCodec.in(release.getTaker());
        WireCodec.in(release.getTarget());
        BlockChecks.number(release.getSince(), "a position");
        long life = known.incarnation().applyAsLong(taker.id());
        if (!NumberBounds.unasked(taker.incarnation(), life)) {
            throw new MalformedMessageException(Fault.NUMBER, taker + " of incarnation " + taker.incarnation());
        }
        if (!new Arc(arc.from(), taker.id()).contains(arc.to())) {
            throw new MalformedMessageException(Fault.SENDER, taker + " asks for what lies behind it");
        }
    }

    private static void tenure(dev.chord.proto.v1.Tenure tenure, Known known) {
        epoch(tenure.getEpoch(), known);
        few(tenure.getHoldersCount(), HOLDERS, "holders");
        if (tenure.getEpoch() == 0 || tenure.getHoldersCount() == 0) {
            throw new MalformedMessageException(Fault.KIND, "a tenure without an epoch, or without holders");
        }
        Set<Identifier> processes = new HashSet<>();
        for (Peer holder : WireCodec.in(tenure.getHoldersList())) {
            if (!processes.add(holder.process())) {
                throw new MalformedMessageException(Fault.COUNT, "a tenure names a holder twice");
            }
        }
    }

    private static void epoch(long told, Known known) {
        long epoch = known.epoch().getAsLong();
        if (!NumberBounds.epochUnasked(told, epoch)) {
            throw new MalformedMessageException(
                    Fault.NUMBER, "epoch " + Long.toUnsignedString(told) + " while " + epoch + " is known");
        }
    }

    private static void arcs(List<dev.chord.proto.v1.Arc> arcs) {
        few(arcs.size(), ARCS, "arcs");
        arcs.forEach(WireCodec::in);
    }

    private static void text(String text, String what) {
        if (text.length() > Label.MAX_BYTES) {
            throw new MalformedMessageException(Fault.SIZE, what + " of " + text.length() + " characters");
        }
    }

    private static void few(int many, int most, String what) {
        if (many > most) {
            throw new MalformedMessageException(Fault.COUNT, many + " " + what + ", " + most + " are the limit");
        }
    }

    /** The claims in an answer: epochs leave room, arcs are arcs. */
    public static void asked(long epoch) {
        if (!NumberBounds.epochAsked(epoch)) {
            throw new MalformedMessageException(Fault.NUMBER, "epoch " + Long.toUnsignedString(epoch));
        }
    }
}
