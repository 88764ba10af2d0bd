package dev.chord.node.store;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.RecordRequestChecks;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Claim;
import dev.chord.core.placement.Tenure;
import dev.chord.proto.v1.Claims;
import dev.chord.proto.v1.GivenUp;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this process has promised and knows of tenures, durable. Thread-safe. */
public final class ClaimStore {
    private static final Logger log = LoggerFactory.getLogger(ClaimStore.class);
    static final List<String> SCHEMA =
            List.of("CREATE TABLE IF NOT EXISTS claims (id INTEGER PRIMARY KEY CHECK (id = 0), data BLOB NOT NULL)");

    // The whole circle, from a point that is as good as any other.
    private static final Arc EVERYTHING = new Arc(Identifier.ZERO, Identifier.ZERO);

    private final Database database;
    private final ArcMap<Claim> claims = new ArcMap<>(Claim.NONE);
    private final Map<Identifier, Long> givenUp = new TreeMap<>();

    ClaimStore(Database database) {
        this.database = database;
        Claims saved = saved();
        for (dev.chord.proto.v1.Claim claim : saved.getClaimsList()) {
            try {
                Claim read = in(claim);
                claims.update(WireCodec.in(claim.getArc()), nothing -> read);
            } catch (MalformedMessageException e) {
                // an earlier version believed whoever asked for it; kept, it would make the arc's names
                // unwritable for good
                log.warn("a promise that nobody can have asked for is left out: {}", e.getMessage());
            }
        }
        for (GivenUp one : saved.getGivenUpList()) {
            try {
                givenUp.putAll(inGivenUp(List.of(one)));
            } catch (MalformedMessageException e) {
                log.warn("a process that was given up at no epoch is left out: {}", e.getMessage());
            }
        }
    }

    private Claims saved() {
        Optional<byte[]> data = database.read(connection -> {
            try (PreparedStatement query = connection.prepareStatement("SELECT data FROM claims");
                    ResultSet rows = query.executeQuery()) {
                return rows.next() ? Optional.of(rows.getBytes(1)) : Optional.empty();
            }
        });
        try {
            return data.isPresent() ? Claims.parseFrom(data.get()) : Claims.getDefaultInstance();
        } catch (InvalidProtocolBufferException e) {
            throw new ChordException(
                    ErrorCode.INTEGRITY,
                    "what this node has promised cannot be read: " + e.getMessage(),
                    "move the data directory away and start anew: the ring has copies",
                    e);
        }
    }

    public synchronized Claim at(Identifier key) {
        return claims.at(key);
    }

    /** What is claimed of arcs, in pieces. */
    public synchronized List<ArcMap.Piece<Claim>> over(List<Arc> arcs) {
        return arcs.stream().flatMap(arc -> claims.over(arc).stream()).toList();
    }

    /** Every piece of the circle. */
    public List<ArcMap.Piece<Claim>> all() {
        return over(List.of(EVERYTHING));
    }

    /** The processes that are gone for good, each as a holder of tenures up to an epoch. */
    public synchronized Map<Identifier, Long> givenUp() {
        return Map.copyOf(givenUp);
    }

    /** Takes in more of them. */
    public void giveUp(Map<Identifier, Long> processes) {
        if (givenUp().entrySet().containsAll(processes.entrySet())) {
            return;
        }
        change(map -> {
            processes.forEach((process, epoch) -> givenUp.merge(process, epoch, Math::max));
            return true;
        });
    }

    /** Changes them; returns once that is durable. */
    public <T> T change(Function<ArcMap<Claim>, T> change) {
        T result;
        CompletableFuture<Integer> durable;
        synchronized (this) {
            result = change.apply(claims);
            byte[] data = Claims.newBuilder()
                    .addAllClaims(out(claims.over(EVERYTHING)))
                    .addAllGivenUp(outGivenUp(givenUp))
                    .build()
                    .toByteArray();
            durable = database.write(connection -> {
                try (PreparedStatement insert =
                        connection.prepareStatement("INSERT OR REPLACE INTO claims VALUES (0, ?)")) {
                    insert.setBytes(1, data);
                    return insert.executeUpdate();
                }
            });
        }
        Database.await(durable);
        return result;
    }

    // ---- on the wire, which is how they are kept as well

    public static List<dev.chord.proto.v1.Claim> out(List<ArcMap.Piece<Claim>> pieces) {
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

    public static dev.chord.proto.v1.Tenure out(Tenure tenure) {
        return dev.chord.proto.v1.Tenure.newBuilder()
                .setEpoch(tenure.epoch())
                .addAllHolders(WireCodec.out(tenure.holders()))
                .build();
    }

    public static List<ArcMap.Piece<Claim>> in(List<dev.chord.proto.v1.Claim> claims) {
        return claims.stream()
                .map(claim -> new ArcMap.Piece<>(WireCodec.in(claim.getArc()), in(claim)))
                .toList();
    }

    private static Claim in(dev.chord.proto.v1.Claim claim) {
        RecordRequestChecks.asked(claim.getPromised());
        return new Claim(
                claim.getPromised(),
                claim.hasEstablished() ? Optional.of(in(claim.getEstablished())) : Optional.empty(),
                claim.getProposedList().stream().map(ClaimStore::in).toList());
    }

    public static Tenure in(dev.chord.proto.v1.Tenure tenure) {
        RecordRequestChecks.asked(tenure.getEpoch());
        return new Tenure(tenure.getEpoch(), WireCodec.in(tenure.getHoldersList()));
    }
}
