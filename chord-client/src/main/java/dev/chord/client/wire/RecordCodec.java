package dev.chord.client.wire;

import com.google.protobuf.UnsafeByteOperations;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.records.Claim;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.Tenure;
import dev.chord.core.records.Write;
import dev.chord.core.records.WriteWindow;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.Claims;
import dev.chord.proto.v1.GivenUp;
import dev.chord.proto.v1.NotOwner;
import dev.chord.proto.v1.RecordDigest;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteStamp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Records, tenures and what is said of them, as messages and as values. Pure; any thread. What comes in was
 * looked at by {@link RecordChecks} and {@link RecordRequestChecks} before; what cannot be read throws
 * {@link MalformedMessageException}.
 */
public final class RecordCodec {
    private RecordCodec() {}

    // ---- records

    public static dev.chord.proto.v1.Record out(Record record) {
        return dev.chord.proto.v1.Record.newBuilder()
                .setKey(WireCodec.out(record.key()))
                .setKindValue(record.kind())
                .setLabel(record.label())
                .setVersion(WireCodec.out(record.version()))
                .setDeleted(record.deleted())
                .setValue(UnsafeByteOperations.unsafeWrap(record.value()))
                .setLeaseMillis(record.leaseMillis())
                .addAllOperations(record.operations())
                .build();
    }

    public static Record in(dev.chord.proto.v1.Record record) {
        return in(record, WireCodec.in(record.getVersion()));
    }

    private static Record in(dev.chord.proto.v1.Record record, Version version) {
        return new Record(
                WireCodec.in(record.getKey()),
                record.getKindValue(),
                record.getLabel(),
                version,
                record.getDeleted(),
                record.getValue().toByteArray(),
                record.getLeaseMillis(),
                record.getOperationsList());
    }

    public static List<dev.chord.proto.v1.Record> out(List<Record> records) {
        return records.stream().map(RecordCodec::out).toList();
    }

    public static List<Record> in(List<dev.chord.proto.v1.Record> records) {
        return records.stream().map(RecordCodec::in).toList();
    }

    public static RecordDigest out(Record.Digest digest) {
        return RecordDigest.newBuilder()
                .setKey(WireCodec.out(digest.id().place().key()))
                .setKindValue(digest.id().place().kind())
                .setLabel(digest.id().label())
                .setVersion(WireCodec.out(digest.version()))
                .setOperation(digest.operation())
                .build();
    }

    public static Record.Digest in(RecordDigest digest) {
        Record.Place place = new Record.Place(WireCodec.in(digest.getKey()), digest.getKindValue());
        Record.Id id = new Record.Id(place, digest.getLabel());
        return new Record.Digest(id, WireCodec.in(digest.getVersion()), digest.getOperation());
    }

    public static Record.Place place(Identifier key, RecordKind kind) {
        return new Record.Place(key, kind.getNumber());
    }

    /** The numbers of fingerprints as they are on the wire. */
    public static Fingerprints fingerprints(List<Long> parts) {
        return Fingerprints.of(WireCodec.parts(parts));
    }

    // ---- writes

    public static Write in(WriteRecordRequest request) {
        WriteStamp stamp = request.getStamp();
        return new Write(
                in(request.getRecord(), Version.NONE),
                request.hasExpected() ? Optional.of(WireCodec.in(request.getExpected())) : Optional.empty(),
                request.getOperation(),
                Optional.of(new WriteWindow.Stamp(stamp.getIncarnation(), stamp.getCount())));
    }

    public static WriteStamp out(WriteWindow.Stamp stamp) {
        return WriteStamp.newBuilder()
                .setIncarnation(stamp.incarnation())
                .setCount(stamp.count())
                .build();
    }

    public static NotOwner out(Write.NotOwner why) {
        NotOwner.Builder answer = NotOwner.newBuilder()
                .setReason("not the owner of this key now")
                .setRefused(why.refused())
                .setInVain(why.missing().isPresent())
                .addAllMissing(WireCodec.out(why.missing().orElse(List.of())));
        why.hint().ifPresent(peer -> answer.setHint(WireCodec.out(peer)));
        return answer.build();
    }

    // ---- tenures

    public static dev.chord.proto.v1.Tenure out(Tenure tenure) {
        return dev.chord.proto.v1.Tenure.newBuilder()
                .setEpoch(tenure.epoch())
                .addAllHolders(WireCodec.out(tenure.holders()))
                .build();
    }

    public static Tenure in(dev.chord.proto.v1.Tenure tenure) {
        RecordRequestChecks.asked(tenure.getEpoch());
        return new Tenure(tenure.getEpoch(), WireCodec.in(tenure.getHoldersList()));
    }

    public static List<dev.chord.proto.v1.Claim> outClaims(List<ArcMap.Piece<Claim>> pieces) {
        return pieces.stream()
                .map(piece -> {
                    dev.chord.proto.v1.Claim.Builder claim = dev.chord.proto.v1.Claim.newBuilder()
                            .setArc(WireCodec.out(piece.arc()))
                            .setPromised(piece.value().promised());
                    piece.value().established().ifPresent(t -> claim.setEstablished(out(t)));
                    piece.value().proposed().forEach(t -> claim.addProposed(out(t)));
                    return claim.build();
                })
                .toList();
    }

    public static List<ArcMap.Piece<Claim>> inClaims(List<dev.chord.proto.v1.Claim> claims) {
        return claims.stream().map(RecordCodec::in).toList();
    }

    public static ArcMap.Piece<Claim> in(dev.chord.proto.v1.Claim claim) {
        RecordRequestChecks.asked(claim.getPromised());
        Optional<Tenure> established =
                claim.hasEstablished() ? Optional.of(in(claim.getEstablished())) : Optional.empty();
        List<Tenure> proposed =
                claim.getProposedList().stream().map(RecordCodec::in).toList();
        return new ArcMap.Piece<>(WireCodec.in(claim.getArc()), new Claim(claim.getPromised(), established, proposed));
    }

    public static List<GivenUp> outGivenUp(Map<Identifier, Long> processes) {
        return processes.entrySet().stream()
                .map(one -> GivenUp.newBuilder()
                        .setProcess(WireCodec.out(one.getKey()))
                        .setEpoch(one.getValue())
                        .build())
                .toList();
    }

    public static Map<Identifier, Long> inGivenUp(List<GivenUp> processes) {
        Map<Identifier, Long> all = new TreeMap<>();
        for (GivenUp one : processes) {
            RecordRequestChecks.asked(one.getEpoch());
            all.merge(WireCodec.in(one.getProcess()), one.getEpoch(), Math::max);
        }
        return all;
    }

    /** All claims of a process, as they are kept on its disk. */
    public static Claims out(RecordDisk.Claims claims) {
        return Claims.newBuilder()
                .addAllClaims(outClaims(claims.pieces()))
                .addAllGivenUp(outGivenUp(claims.givenUp()))
                .build();
    }
}
