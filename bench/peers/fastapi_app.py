"""The original request's handler, as a peer: FastAPI, SQLAlchemy's asyncio ORM and asyncpg, on the layout it implies.

Written from the request's description. PEER_MODE=orm loads the opportunities and changes them one by one, as its sample
does; PEER_MODE=update sends one UPDATE … WHERE id IN (…), as it recommends. Both check who asks by a signed token and the
user's row, and write the audit row that it asks for.
"""

import os
import uuid
from datetime import datetime, timezone
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import DateTime, ForeignKey, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SECRET = os.environ["PEER_SECRET"]
ONE_UPDATE = os.environ.get("PEER_MODE") == "update"
ROLES = ("agent", "lawyer", "admin")

engine = create_async_engine(os.environ["PEER_DATABASE_URL"], pool_size=16)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "naive_users"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    role: Mapped[str]
    is_active: Mapped[bool]


class Opportunity(Base):
    __tablename__ = "naive_opportunities"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[uuid.UUID]
    detected_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    status: Mapped[str]
    opportunity_score: Mapped[int]
    priority: Mapped[str]
    detection_reason: Mapped[dict | None] = mapped_column(JSONB)
    attempts: Mapped[dict | None] = mapped_column(JSONB)
    assigned_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("naive_users.id"))
    notes: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Audit(Base):
    __tablename__ = "naive_audit"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID]
    action: Mapped[str]
    entity_type: Mapped[str]
    details: Mapped[dict] = mapped_column(JSONB)


class BulkAssign(BaseModel):
    opportunity_ids: list[uuid.UUID] = Field(min_length=1, max_length=100)
    assigned_to_id: uuid.UUID


class BulkAssigned(BaseModel):
    success: bool
    assigned_count: int
    failed_count: int
    opportunities: list[dict]
    errors: list[dict] = []


async def database():
    async with sessions() as session:
        yield session


Database = Annotated[AsyncSession, Depends(database)]


async def current_user(db: Database, authorization: Annotated[str, Header()]) -> User:
    try:
        claims = jwt.decode(authorization.removeprefix("Bearer "), SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(401, "Token inválido") from None
    user = await db.get(User, uuid.UUID(claims["sub"]))
    if user is None or not user.is_active:
        raise HTTPException(401, "Usuario inactivo")
    return user


@app.post("/api/crm/opportunities/bulk-assign", response_model=BulkAssigned)
async def bulk_assign(body: BulkAssign, db: Database, user: Annotated[User, Depends(current_user)]):
    if user.role not in ("admin", "superuser"):
        raise HTTPException(403, "Solo administradores pueden asignar oportunidades en bulk")
    assignee = (await db.execute(select(User).where(User.id == body.assigned_to_id, User.is_active))).scalar_one_or_none()
    if assignee is None:
        raise HTTPException(404, "Usuario asignado no encontrado o inactivo")
    if assignee.role not in ROLES:
        raise HTTPException(400, f"El usuario asignado debe tener uno de los siguientes roles: {', '.join(ROLES)}")
    now = datetime.now(timezone.utc)
    if ONE_UPDATE:
        change = update(Opportunity).where(Opportunity.id.in_(body.opportunity_ids)).values(
            assigned_to_id=body.assigned_to_id, status="assigned", updated_at=now)
        changed = (await db.execute(change.returning(Opportunity.id).execution_options(synchronize_session=False))).scalars().all()
    else:
        found = (await db.execute(select(Opportunity).where(Opportunity.id.in_(body.opportunity_ids)))).scalars().all()
        for opportunity in found:
            opportunity.assigned_to_id = body.assigned_to_id
            opportunity.status = "assigned"
            opportunity.updated_at = now
        changed = [opportunity.id for opportunity in found]
    missing = set(body.opportunity_ids) - set(changed)
    await db.execute(insert(Audit).values(
        user_id=user.id, action="bulk_assign_opportunities", entity_type="opportunity",
        details={"assigned_count": len(changed), "assigned_to_id": str(body.assigned_to_id),
                 "opportunity_ids": [str(one) for one in body.opportunity_ids]}))
    await db.commit()
    return BulkAssigned(
        success=True, assigned_count=len(changed), failed_count=len(missing),
        opportunities=[{"id": str(one), "assigned_to_id": str(body.assigned_to_id), "status": "assigned",
                        "updated_at": now.isoformat()} for one in changed],
        errors=[{"opportunity_id": str(one), "error": "Oportunidad no encontrada"} for one in missing])
